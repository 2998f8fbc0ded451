import { ParseCache, type ReadPlace } from '../cache/cache.js';
import { contentKey } from '../cache/contents.js';
import { IngestError, messageOf } from '../domain/errors.js';
import type { CacheCounts, Warning } from '../domain/event.js';
import type { CacheSettings } from '../domain/settings.js';
import type { FileJob, FileResult, ParcelResult } from '../parse/job.js';
import { isOnNetwork, type Mount } from '../share/filesystem.js';
import { type Lock, takeLock } from '../store/lock.js';
import type { Candidate } from './candidate.js';
import { isRacy } from './decide.js';
import { breathing } from './steps.js';

/** How a run has its cache. */
export interface RunCacheSettings {
  /** Null: without. */
  readonly cache: CacheSettings | null;
  /** Everything is to be parsed again. */
  readonly force: boolean;
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

  constructor(
    readonly settings: RunCacheSettings,
    /** Raised as the run goes on. */
    readonly counts: CacheCounts,
    readonly warn: (warning: Warning) => void,
  ) {}

  /** Opens the cache, unless another run has it. */
  async open(mounts: readonly Mount[]): Promise<void> {
    const { cache, dryRun } = this.settings;
    if (cache === null) return;
    try {
      if (isOnNetwork(cache.path, mounts)) throw new Error('it lies on a network file system');
      if (!dryRun) this.#lock = await takeLock(cache.path);
      this.#cache = dryRun ? ParseCache.forReading(cache.path) : ParseCache.open(cache.path);
    } catch (error) {
      this.#giveUp(error);
    }
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
  kept({ file, parseKey, verify }: Candidate): FileJob['kept'] {
    if (this.settings.force || verify) return null;
    return (
      this.#try((cache) => {
        const place = cache?.place(file.absolutePath, file);
        if (!place || isRacy({ mtimeNs: file.mtimeNs, lookedAtNs: place.lookedAtNs })) return null;
        const content = cache?.content(contentKey(place.sha256, parseKey));
        return content ? { ...place, content } : null;
      }) ?? null
    );
  }

  /** Keeps what was parsed of a parcel, remembers what was read of it, and counts. */
  take(parcel: readonly Candidate[], result: ParcelResult): void {
    for (const [place, file] of result.files.entries()) this.#count(parcel[place], file);
    if (!this.keeps) return;
    this.#try((cache) => {
      for (const path of result.used) cache?.use(path);
      for (const path of result.damaged) cache?.drop(path);
      if (result.keep) cache?.keep({ path: result.segmentPath, ...result.keep });
      cache?.note(readPlaces(parcel, result.files));
    });
    if (result.damaged.length > 0) this.#warnOnce('cache_damaged', 'is damaged: it is parsed again.');
  }

  /** Applies the bounds and notes the counts of the run. */
  async end(signal: AbortSignal): Promise<void> {
    const { cache: bounds, dryRun } = this.settings;
    if (bounds === null || dryRun || !this.#cache) return;
    this.#try((cache) => cache?.count(this.counts));
    try {
      await breathing(this.#cache.clean(bounds), signal);
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error);
    }
  }

  close(): void {
    this.#try((cache) => cache?.close());
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

  #try<T>(work: (cache: ParseCache | null) => T): T | null {
    try {
      return work(this.#cache);
    } catch (error) {
      this.#giveUp(error);
      return null;
    }
  }

  #giveUp(error: unknown): void {
    const isTaken = error instanceof IngestError && error.code === 'locked';
    const why = isTaken ? 'another run has it' : messageOf(error).replace(/\.$/, '');
    this.#warnOnce('cache_unusable', `is of no use: ${why}. The run does without it.`);
    try {
      this.#cache?.close();
    } catch {
      // What cannot be closed is not written to any more either.
    }
    this.#cache = null;
  }

  #warnOnce(code: string, what: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const part = code === 'cache_damaged' ? 'Something in the parse cache' : 'The parse cache';
    this.warn({
      code,
      message: `${part} ${this.settings.cache?.path} ${what}`,
      hint: 'ingest --clear-cache empties it, --no-cache does without it.',
    });
  }
}

/** The files whose content is known for sure by now. */
function readPlaces(parcel: readonly Candidate[], files: readonly FileResult[]): ReadPlace[] {
  return files.flatMap((result, place) => {
    const candidate = parcel[place];
    if (!candidate || result.kind !== 'parsed') return [];
    const { fingerprint, sha256, openedAtNs } = result;
    const key = contentKey(sha256, candidate.parseKey);
    const path = candidate.file.absolutePath;
    return [{ ...fingerprint, path, sha256, lookedAtNs: openedAtNs, key }];
  });
}
