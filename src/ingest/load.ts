import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { KnownPlace } from '../cache/cache.js';
import { defaultConcurrency } from '../config/inForce.js';
import type { StageSeconds } from '../domain/event.js';
import type { FileJob, ParcelResult } from '../parse/job.js';
import type { Pool } from '../parse/pool.js';
import type { Store } from '../store/store.js';
import { unlessAborted } from './abort.js';
import type { Availability } from './availability.js';
import { believed } from './believe.js';
import { absolutePath, type Candidate } from './candidate.js';
import { commit } from './commit.js';
import { neededByFiles, neededBySegment, withNeed } from './diskFull.js';
import type { JudgeSettings } from './judge.js';
import { parcels } from './parcels.js';
import { asIngestError } from './record.js';
import type { RunCache } from './runCache.js';
import type { Postponed, Verdict } from './verdict.js';

export interface LoadSettings {
  readonly store: Store;
  readonly pool: Pool;
  readonly availability: Availability;
  readonly cache: RunCache;
  /** Where segments lie until they are committed. */
  readonly folder: string;
  /** Files in flight; null: by the kind of file system. */
  readonly concurrency: number | null;
  /** Rows that a thread holds in memory at a time. */
  readonly batchRows: number;
  /** Ends the work: what is not committed yet is rolled back. */
  readonly signal: AbortSignal;
  readonly stages: StageSeconds;
  /** Whether a file must be judged after all such files before it. */
  readonly inOrder: (candidate: Candidate) => boolean;
  /** Told of each file that is about to be read; returns what to call when that is over. */
  readonly begin: (candidate: Candidate) => () => void;
  /** Told of each batch once it is committed, with the bytes read for it. */
  readonly committed: (verdicts: readonly Verdict[], bytes: number) => void;
}

/** What loading left open. */
export interface Loaded {
  /** Files whose judgement must wait. */
  readonly postponed: Postponed[];
  /** Files whose source stopped answering before they were read. */
  readonly unreached: Candidate[];
}

let segments = 0;

/**
 * Reads, parses and commits candidates, in their order as far as threads allow, those of `inOrder` strictly; p-limit
 * bounds how many parcels are in flight, so that reading stops while the committer is behind. Files of a source that
 * does not answer are left out.
 * Throws IngestError for what ends the run.
 */
export async function load(
  candidates: readonly Candidate[],
  settings: LoadSettings,
  judging: JudgeSettings,
): Promise<Loaded> {
  const loaded: Loaded = { postponed: [], unreached: [] };
  const inFlight = pLimit(parcelsInFlight(settings));
  const committing = pLimit(1);
  const failed = new AbortController();
  const stopped = AbortSignal.any([settings.signal, failed.signal]);
  // A thread may be in the middle of a large file.
  stopped.addEventListener('abort', () => void settings.pool.close(), { once: true });
  const turns = new Turns();
  const kept = await keptOf(candidates, settings);
  const segmentOf = (candidate: Candidate) => kept.get(candidate)?.content.segmentPath ?? null;
  const work = parcels(candidates, settings.pool.threads, segmentOf).map((planned) => {
    const turn = planned.some(settings.inOrder) ? turns.next() : anyTime;
    return inFlight(async () => {
      if (stopped.aborted) return;
      const parcel = reachable(planned, settings.availability, loaded);
      const result = parcel.length === 0 ? null : await parse(parcel, kept, settings, stopped);
      if (!result) {
        loaded.unreached.push(...parcel);
        return;
      }
      await turn.come;
      await committing(async () => {
        if (!stopped.aborted) await commitParcel(parcel, result, { settings, judging, loaded });
        rmSync(result.segmentPath, { force: true });
      });
    })
      .catch((error: unknown) => {
        failed.abort();
        throw error;
      })
      .finally(turn.end);
  });
  const errors = (await Promise.allSettled(work)).flatMap((done) =>
    done.status === 'rejected' ? [done.reason] : [],
  );
  if (errors.length > 0) throw errors[0];
  return loaded;
}

/** Files that need not be looked at, as their records are kept. */
type KnownPlaces = ReadonlyMap<Candidate, KnownPlace>;

/** Lookups between two of which signals are heard. */
const lookups = 1000;

async function keptOf(
  candidates: readonly Candidate[],
  { cache, signal }: LoadSettings,
): Promise<KnownPlaces> {
  const kept = new Map<Candidate, KnownPlace>();
  for (const [i, candidate] of candidates.entries()) {
    const place = cache.kept(candidate);
    if (place) kept.set(candidate, place);
    if (i % lookups < lookups - 1) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  return kept;
}

/** The files of a parcel whose sources answer; the others are noted. */
function reachable(parcel: readonly Candidate[], availability: Availability, loaded: Loaded): Candidate[] {
  const isDown = ({ source }: Candidate) => availability.isDown(source);
  loaded.unreached.push(...parcel.filter(isDown));
  return parcel.filter((candidate) => !isDown(candidate));
}

interface Turn {
  /** Resolves when all turns before have ended. */
  readonly come: Promise<void>;
  end(): void;
}

const anyTime: Turn = { come: Promise.resolve(), end: () => {} };

/** Hands out turns that come one after the other, in the order in which they were asked for. */
class Turns {
  #last = Promise.resolve();

  next(): Turn {
    const come = this.#last;
    let end = () => {};
    const own = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last = come.then(() => own);
    return { come, end };
  }
}

/** Enough that no thread waits for the committer's last word, few enough to bound what lies in segments. */
function parcelsInFlight(settings: LoadSettings): number {
  const forThreads = Math.max(settings.pool.threads, 1) + 1;
  return settings.concurrency === null ? forThreads : Math.min(forThreads, settings.concurrency);
}

/** Null when the run ends, or when no source of the parcel answers any more. */
async function parse(
  parcel: readonly Candidate[],
  kept: KnownPlaces,
  settings: LoadSettings,
  stopped: AbortSignal,
): Promise<ParcelResult | null> {
  const { store, pool, folder, concurrency, stages, begin, cache, availability } = settings;
  segments += 1;
  const network = parcel.some((candidate) => candidate.source.access === 'network');
  const filesAtOnce = Math.ceil(
    (concurrency ?? defaultConcurrency[network ? 'network' : 'local']) / Math.max(pool.threads, 1),
  );
  const job = {
    segmentPath: join(folder, `${segments}.segment`),
    files: parcel.map((candidate) => jobOf(candidate, kept, settings)),
    concurrency: network ? filesAtOnce : 1,
    cache: cache.folder,
    keep: cache.keeps,
  };
  // Its sources may stop answering while it waits for a thread.
  const wanted = () => parcel.some(({ source }) => !availability.isDown(source));
  const ends = parcel.map(begin);
  try {
    const result = await pool.parse(job, wanted);
    if (!result) return null;
    stages.read += result.seconds.read;
    stages.parse += result.seconds.parse;
    return result;
  } catch (error) {
    // An interrupt ends the threads in the middle of their work.
    if (stopped.aborted) return null;
    throw withNeed(asIngestError(error, store.path), store.path, neededByFiles(parcel));
  } finally {
    for (const end of ends) end();
  }
}

function jobOf(candidate: Candidate, kept: KnownPlaces, { batchRows, availability }: LoadSettings): FileJob {
  const { file, source, rule, known, constants, parseKey } = candidate;
  return {
    absolutePath: absolutePath(candidate),
    source: source.name,
    deadlines: source.settings.deadlines,
    access: source.access,
    hidden: availability.hiddenDevice(source),
    size: file.size,
    mtimeNs: file.mtimeNs,
    known,
    kept: kept.get(candidate) ?? null,
    parseKey,
    identity: { dedupe: rule.rule.dedupe, key: rule.rule.key },
    parse: rule.rule.parse,
    batchRows,
    constants,
  };
}

/** Commits what can be believed of a parcel, tells of it and notes what is left open. */
async function commitParcel(
  parcel: readonly Candidate[],
  found: ParcelResult,
  { settings, judging, loaded }: { settings: LoadSettings; judging: JudgeSettings; loaded: Loaded },
): Promise<void> {
  const { store, signal, stages, committed, availability } = settings;
  const files = await unlessAborted(believed(parcel, found, availability), signal);
  loaded.unreached.push(...parcel.filter((_, place) => files[place]?.kind === 'unreached'));
  const started = performance.now();
  const judged = await commit({ store, signal, judging, parcel, result: { ...found, files } }).catch(
    (error: unknown) => {
      throw withNeed(error, store.path, neededBySegment(found.segmentPath));
    },
  );
  stages.write += (performance.now() - started) / 1000;
  settings.cache.take(parcel, { ...found, files });
  const bytes = files.reduce((sum, file) => sum + ('bytes' in file ? file.bytes : 0), 0);
  committed(
    judged.flatMap((one) => (one.outcome === 'postponed' ? [] : [one])),
    bytes,
  );
  loaded.postponed.push(...judged.flatMap((one) => (one.outcome === 'postponed' ? [one] : [])));
}
