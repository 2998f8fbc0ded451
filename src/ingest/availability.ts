import pLimit from 'p-limit';
import { failureClass } from '../share/failure.js';
import { isNetworkType, type Mount, mountOf } from '../share/filesystem.js';
import type { Complaint, Expectation } from '../share/health.js';
import { complaintOf, hiddenDevice } from '../share/health.js';
import type { CallsInFlight } from '../share/inFlight.js';
import { ask } from '../share/root.js';
import type { System } from '../share/system.js';
import type { Candidate } from './candidate.js';
import type { PlannedSource } from './plan.js';

/** Milliseconds before each look at a source that does not answer; after the last it is left. */
const pauses = [1_000, 2_000, 4_000];
/** Milliseconds after a source stopped delivering from which it is left without another look. */
const patienceMs = 45_000;

const notMounted: Complaint = { state: 'unhealthy', why: 'it is not mounted any more' };

function isSameShare(one: Mount | undefined, other: Mount | undefined): boolean {
  return one?.type === other?.type && one?.what === other?.what;
}

/** What is known of a source while a run works on it. */
interface Watched {
  readonly expected: Expectation;
  /** Undefined where there is no mount table. */
  mount: Mount | undefined;
  readonly hidden: bigint | null;
  /** Why it is not asked at the moment. */
  down: string | null;
  /** Looks since it last delivered something. */
  looks: number;
  /** When it stopped delivering, in milliseconds of this process; null while it delivers. */
  silentSince: number | null;
}

/** Which sources of a run answer: a circuit breaker for each, over all threads. */
export class Availability {
  readonly #watched = new Map<string, Watched>();
  readonly #doubtedOnce = new Set<Candidate>();

  constructor(
    readonly system: System,
    readonly signal: AbortSignal,
    readonly inFlight: CallsInFlight,
  ) {}

  /** Begins to watch a source; says what is wrong with it now. */
  async begin(source: PlannedSource, wasOnNetwork: boolean): Promise<Complaint | null> {
    if (source.unreachable !== null) return { state: 'unreachable', why: source.unreachable };
    const { folder, place } = source;
    const { deadlines, health } = source.settings;
    const expected = { ...health, folder, place, deadlines, wasOnNetwork };
    // A listing has an automounter mount the share.
    const listing = this.#mountOf(place)?.type === 'autofs';
    const complaint = await complaintOf(expected, this.system, listing);
    const mount = this.#mountOf(place);
    const onNetwork = mount !== undefined && isNetworkType(mount.type);
    const from = { ...expected, wasOnNetwork: wasOnNetwork || onNetwork };
    const reach = { calls: this.system.calls('network'), deadlines };
    const hidden = complaint === null ? await hiddenDevice(place, mount, reach) : null;
    this.#watched.set(source.name, {
      expected: from,
      mount,
      hidden,
      down: null,
      looks: 0,
      silentSince: null,
    });
    return complaint;
  }

  /** Whether the root of a source lies on a network file system; what is mounted below it does not count. */
  isOnNetwork({ name }: PlannedSource): boolean {
    const { mount } = this.#of(name);
    return mount !== undefined && isNetworkType(mount.type);
  }

  /** What `hiddenDevice` says of a source. */
  hiddenDevice({ name }: PlannedSource): bigint | null {
    return this.#of(name).hidden;
  }

  isDown(source: PlannedSource): boolean {
    return this.whyDown(source) !== null;
  }

  /** Why a source is not asked at the moment, or null. */
  whyDown({ name }: PlannedSource): string | null {
    return this.#of(name).down;
  }

  /** Stops asking a source until it has been looked at. */
  stop({ name }: PlannedSource, why: string): void {
    const watched = this.#of(name);
    watched.down ??= why;
    watched.silentSince ??= performance.now();
  }

  /** Notes that a source shows its files. */
  shown({ name }: PlannedSource): void {
    this.#of(name).silentSince = null;
  }

  /** Notes that a source delivers. */
  delivered(source: PlannedSource): void {
    this.shown(source);
    this.#of(source.name).looks = 0;
  }

  /** Whether a file could not be had for the second time in this run while its source seems to answer. */
  doubtedAgain(candidate: Candidate): boolean {
    if (this.#doubtedOnce.has(candidate)) return true;
    this.#doubtedOnce.add(candidate);
    return false;
  }

  /** Whether the mount table says that the source is mounted anew; it does not if a new mount got the old one's numbers. */
  isMountedAnew({ name }: PlannedSource): boolean {
    const { expected, mount } = this.#of(name);
    const now = this.#mountOf(expected.place);
    return now?.id !== mount?.id || now?.device !== mount?.device || !isSameShare(now, mount);
  }

  /** Which of these files, which were not found, are there now or may be: their share was away for a moment. */
  async back(source: PlannedSource, paths: readonly string[]): Promise<Set<string>> {
    const reach = { calls: this.system.calls('network'), deadlines: source.settings.deadlines };
    const back = new Set<string>();
    await pLimit(this.inFlight.first).map(paths, async (path) => {
      try {
        await ask(reach, 'lstat', path);
        back.add(path);
      } catch (error) {
        if (failureClass(error) !== 'gone') back.add(path);
      }
    });
    return back;
  }

  /** What is wrong with a source now; null when it answers and is what it was. */
  async complaint(source: PlannedSource, listing: boolean): Promise<Complaint | null> {
    if (this.isMountedAnew(source)) return { state: 'unhealthy', why: 'its mount changed meanwhile' };
    return complaintOf(this.#of(source.name).expected, this.system, listing);
  }

  /**
   * Waits for a source that does not answer, a few times, and not for long if it answers looks but delivers nothing.
   * Returns null once it answers, also if the same share was mounted anew, or what is wrong with it for good.
   */
  async recover({ name }: PlannedSource): Promise<Complaint | null> {
    const watched = this.#of(name);
    let complaint: Complaint = { state: 'unreachable', why: `it stopped answering (${watched.down})` };
    const silentMs = performance.now() - (watched.silentSince ?? performance.now());
    for (; watched.looks < pauses.length && silentMs < patienceMs; ) {
      await this.system.pause(pauses[watched.looks] ?? 0, this.signal);
      watched.looks += 1;
      const mount = this.#mountOf(watched.expected.place);
      const found = isSameShare(mount, watched.mount)
        ? await complaintOf(watched.expected, this.system, true)
        : notMounted;
      if (found === null) {
        watched.down = null;
        watched.mount = mount;
        return null;
      }
      complaint = found;
    }
    return complaint;
  }

  #mountOf(place: string): Mount | undefined {
    return mountOf(place, this.system.mounts());
  }

  #of(name: string): Watched {
    const watched = this.#watched.get(name);
    if (!watched) throw new Error(`${name} is not watched`);
    return watched;
  }
}
