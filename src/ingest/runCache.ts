import { type KnownPlace, ParseCache, type ReadPlace } from '../cache/cache.js';
import { isDamage } from '../cache/directory.js';
import { emptyFolder, lockedPath, makeFolder } from '../cache/folder.js';
import { defaultDeadlines } from '../config/sources.js';
import { IngestError, messageOf, systemCode } from '../domain/errors.js';
import type { CacheCounts, Warning } from '../domain/event.js';
import type { CacheSettings } from '../domain/settings.js';
import type { FileResult, ParcelResult } from '../parse/job.js';
import { isOnNetwork } from '../share/filesystem.js';
import { resolvedPath } from '../share/root.js';
import type { System } from '../share/system.js';
import { type Lock, takeLock } from '../store/lock.js';
import { absolutePath, type Candidate } from './candidate.js';
import { isRacy } from './decide.js';
import { nowNs } from './entry.js';
import { breathing } from './steps.js';

/** How a run has its cache. */
export interface RunCacheSettings {
  /** Null: without. */
  readonly cache: CacheSettings | null;
  /** Everything is to be parsed again. */
  readonly force: boolean;
  /** Everything is to be read. */
  readonly checksum: boolean;
  readonly dryRun: boolean;
}

/**
 * The parse cache as a run has it: it can only help. Whatever goes wrong with it is one warning, and the run goes on
 * without it. A dry run looks and leaves no trace.
 */
export class RunCache {
  #cache: ParseCache | null = null;
  #lock: Lock | null = null;
  #warned = false;
  readonly #startedNs = nowNs();

  constructor(
    readonly settings: RunCacheSettings,
    /** Raised as the run goes on. */
    readonly counts: CacheCounts,
    readonly warn: (warning: Warning) => void,
  ) {}

  /** Opens the cache, unless another run has it. */
  async open(system: System): Promise<void> {
    const { cache } = this.settings;
    if (cache === null) return;
    try {
      await refuseNetwork(cache.path, system);
      await this.#open(cache.path);
    } catch (error) {
      this.#giveUp(error);
      // What was damaged is empty by now.
      if (isDamage(error)) await this.#open(cache.path).catch((again) => this.#giveUp(again));
    }
  }

  async #open(folder: string): Promise<void> {
    if (this.settings.dryRun) {
      this.#cache = ParseCache.forReading(folder);
      return;
    }
    makeFolder(folder);
    this.#lock ??= await takeLock(lockedPath(folder));
    this.#cache = ParseCache.open(folder);
  }

  /** Where threads look contents up; null where they need not. */
  get folder(): string | null {
    return this.settings.force || !this.#cache ? null : this.#cache.folder;
  }

  /** Whether segments are kept. */
  get keeps(): boolean {
    return this.#cache !== null && !this.settings.dryRun;
  }

  /** What is known of a file by its place alone, so that it need not be read. */
  kept(candidate: Candidate): KnownPlace | null {
    const { file, parseKey, verify, lastLook } = candidate;
    if (this.settings.force || this.settings.checksum || verify) return null;
    const place = this.#try((cache) => cache.place(absolutePath(candidate), file, parseKey));
    if (!place || isRacy({ mtimeNs: file.mtimeNs, lookedAtNs: place.lookedAtNs })) return null;
    // What was read in this very run is read as a dry run would, which keeps nothing.
    if (place.lookedAtNs >= this.#startedNs) return null;
    // The ledger may have seen other content since, of which the cache was not told.
    const isOutdated = lastLook && lastLook.atNs > place.lookedAtNs && lastLook.sha256 !== place.sha256;
    return isOutdated ? null : place;
  }

  /** Keeps what was parsed of a parcel that is committed, remembers what was read of it, and counts. */
  take(parcel: readonly Candidate[], result: ParcelResult): void {
    for (const [place, file] of result.files.entries()) this.#count(parcel[place], file);
    const { cache: bounds } = this.settings;
    if (bounds === null || !this.keeps) return;
    this.#try((cache) => {
      cache.use(result.used);
      // One that is not known any more was evicted by this run.
      if (result.damaged.filter((path) => cache.drop(path)).length > 0) {
        this.#warnOnce('cache_damaged', 'is damaged in part: what it lacks is parsed again.');
      }
      try {
        if (result.keep) cache.keep({ path: result.segmentPath, ...result.keep }, bounds.maxBytes);
      } finally {
        cache.note(readPlaces(parcel, result.files));
        cache.forget(unreadPlaces(parcel, result.files));
      }
    });
  }

  /** Applies the bounds and notes the counts of the run. */
  async end(signal: AbortSignal): Promise<void> {
    const { cache: bounds, dryRun } = this.settings;
    if (bounds === null || dryRun || !this.#cache) return;
    try {
      this.#cache.count(this.counts);
      await breathing(this.#cache.clean(bounds), signal);
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error);
    }
  }

  close(): void {
    this.#try((cache) => cache.close());
    this.#cache = null;
    this.#lock?.discard();
    this.#lock = null;
  }

  #count(candidate: Candidate | undefined, file: FileResult): void {
    if (!candidate || file.kind !== 'parsed') return;
    if (!file.fromCache) {
      this.counts.misses += 1;
      return;
    }
    this.counts.hits += 1;
    this.counts.bytesSaved += candidate.file.size - file.bytes;
    this.counts.secondsSaved += file.seconds;
  }

  #try<T>(work: (cache: ParseCache) => T): T | null {
    try {
      return this.#cache && work(this.#cache);
    } catch (error) {
      this.#giveUp(error);
      return null;
    }
  }

  #giveUp(error: unknown): void {
    const { cache } = this.settings;
    const isDamaged = isDamage(error);
    const why = isDamaged ? 'it was damaged and is begun anew' : reasonOf(error);
    this.#warnOnce('cache_unusable', `is of no use now: ${why}.`);
    try {
      this.#cache?.close();
      if (cache && isDamaged && this.#lock) emptyFolder(cache.path);
    } catch {
      // What can be neither closed nor emptied is not written to any more either.
    }
    this.#cache = null;
  }

  #warnOnce(code: string, what: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.warn({
      code,
      message: `The parse cache ${this.settings.cache?.path} ${what}`,
      hint: 'The result is the same without it. ingest --clear-cache empties it, --no-cache does without it.',
    });
  }
}

/** Where a file lies over a network, SQLite is not safe, and nothing is gained. */
async function refuseNetwork(path: string, system: System): Promise<void> {
  const mounts = system.mounts();
  const reach = { calls: system.calls('network'), deadlines: defaultDeadlines };
  const remote = isOnNetwork(path, mounts) || isOnNetwork(await resolvedPath(path, reach), mounts);
  if (remote) throw new Error('it lies on a network file system');
}

function reasonOf(error: unknown): string {
  if (error instanceof IngestError) {
    if (error.code === 'locked') return 'another run has it';
    return reasonOf(error.cause ?? new Error(error.message));
  }
  const code = systemCode(error);
  if (code === 'ENOSPC' || code.startsWith('SQLITE_FULL')) return 'its disk is full';
  return messageOf(error).replace(/\.$/, '');
}

/** The files whose content is known for sure by now, and was not before. */
function readPlaces(parcel: readonly Candidate[], files: readonly FileResult[]): ReadPlace[] {
  return files.flatMap((result, place) => {
    const candidate = parcel[place];
    if (!candidate || (result.kind !== 'parsed' && result.kind !== 'same') || result.bytes === 0) return [];
    const { fingerprint, sha256, openedAtNs } = result;
    const path = absolutePath(candidate);
    return [{ path, sha256, settings: candidate.parseKey, lookedAtNs: openedAtNs, ...fingerprint }];
  });
}

/** The files of which is not known what they hold. */
function unreadPlaces(parcel: readonly Candidate[], files: readonly FileResult[]): string[] {
  return files.flatMap(({ kind }, place) => {
    const candidate = parcel[place];
    return !candidate || kind === 'parsed' || kind === 'same' ? [] : [absolutePath(candidate)];
  });
}
