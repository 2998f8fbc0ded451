import { dirname } from 'node:path';
import type { Deadlines, HealthSettings } from '../domain/settings.js';
import { failureClass, failureName, HungCall, SourceDown } from './failure.js';
import { isNetworkType, type Mount, mountOf } from './filesystem.js';
import { Breaker, patiently } from './patience.js';
import type { Reach } from './read.js';
import { ask } from './root.js';
import type { System } from './system.js';

/** What is expected of the place where a source lies. */
export interface Expectation extends HealthSettings {
  /** Absolute. */
  readonly folder: string;
  /** The folder with its symbolic links resolved, by which its mount is found. */
  readonly place: string;
  readonly deadlines: Deadlines;
  /** Whether it lay on a network file system when it was last believed. */
  readonly wasOnNetwork: boolean;
}

/** Why a source is not to be believed. */
export interface Complaint {
  /** `unreachable`: it does not answer; `unhealthy`: what answers is not the source. */
  readonly state: 'unreachable' | 'unhealthy';
  readonly why: string;
}

/**
 * Looks at the root of a source as it is now: it answers, is mounted as expected and has its
 * sentinel. With `listing` it must also list its first entries, which no cache can answer.
 */
export async function complaintOf(
  expected: Expectation,
  system: System,
  listing: boolean,
): Promise<Complaint | null> {
  const unmounted = whyUnmounted(expected, system.mounts());
  if (unmounted !== null) return { state: 'unhealthy', why: unmounted };
  const asked = new Asked(expected, system);
  return (
    (await whyUnreachable(expected.folder, asked, listing)) ?? (await whyWithoutSentinel(expected, asked))
  );
}

/** Calls about one source, each tried again if it may help. */
class Asked {
  readonly #reach: Reach;
  readonly #breaker = new Breaker();

  constructor(
    { deadlines }: Expectation,
    readonly system: System,
  ) {
    // A call that hangs must hang where it can be left.
    this.#reach = { calls: system.calls('network'), deadlines };
  }

  call<Name extends 'stat' | 'lstat' | 'probe'>(name: Name, path: string) {
    const pause = (ms: number) => this.system.pause(ms);
    return patiently(() => ask(this.#reach, name, path), {
      breaker: this.#breaker,
      pause,
      crowded: () => {},
    });
  }
}

function whyUnmounted(expected: Expectation, mounts: readonly Mount[]): string | null {
  const { place, requireMount, wasOnNetwork } = expected;
  const mount = mountOf(place, mounts);
  // Without a mount table nothing can be said.
  if (!mount || requireMount === false) return null;
  if (typeof requireMount === 'string' && mount.mountPoint !== requireMount) {
    return `nothing is mounted at ${requireMount}`;
  }
  if (requireMount === true && mount.mountPoint === '/') return 'nothing is mounted there';
  if (requireMount === null && wasOnNetwork && !isNetworkType(mount.type)) {
    return `nothing is mounted there: it lay on a network file system and now lies on ${mount.type} of ${mount.mountPoint}`;
  }
  return null;
}

async function whyUnreachable(folder: string, asked: Asked, listing: boolean): Promise<Complaint | null> {
  try {
    const entry = await asked.call('stat', folder);
    if (!entry.isDirectory()) return { state: 'unreachable', why: 'it is not a folder' };
    if (listing) await asked.call('probe', folder);
    return null;
  } catch (error) {
    const gone = failureClass(error) === 'gone';
    const dangling = gone && (await isLink(folder, asked));
    const absent = dangling ? 'its link leads nowhere' : 'it does not exist';
    return { state: 'unreachable', why: gone ? absent : whyNot(error) };
  }
}

async function isLink(path: string, asked: Asked): Promise<boolean> {
  try {
    return (await asked.call('lstat', path)).isSymbolicLink();
  } catch {
    return false;
  }
}

async function whyWithoutSentinel(
  { folder, sentinel }: Expectation,
  asked: Asked,
): Promise<Complaint | null> {
  if (sentinel === null) return null;
  try {
    await asked.call('lstat', `${folder}/${sentinel}`);
    return null;
  } catch (error) {
    if (failureClass(error) !== 'gone') return { state: 'unreachable', why: whyNot(error) };
    return { state: 'unhealthy', why: `its sentinel ${sentinel} is not there` };
  }
}

/** Why something could not be looked at, in words. */
export function whyNot(error: unknown): string {
  if (error instanceof HungCall || error instanceof SourceDown)
    return `it does not answer (${error.message})`;
  return `it cannot be read (${failureName(error) || String(error)})`;
}

/**
 * The device of the file system that a share is mounted on and hides: files that are found on it lie in the folder of
 * the mount point, while the share is away. Null where that is no share, or cannot be told from it.
 */
export async function hiddenDevice(
  place: string,
  mount: Mount | undefined,
  reach: Reach,
): Promise<bigint | null> {
  if (!mount || !isNetworkType(mount.type)) return null;
  try {
    const [own, above] = [
      await ask(reach, 'stat', place),
      await ask(reach, 'stat', dirname(mount.mountPoint)),
    ];
    return own.dev === above.dev ? null : above.dev;
  } catch {
    return null;
  }
}
