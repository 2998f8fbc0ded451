import { rmSync } from 'node:fs';
import pLimit from 'p-limit';
import type { KnownPlace } from '../cache/cache.js';
import { type ErrorCode, IngestError } from '../domain/errors.js';
import type { ParcelResult } from '../parse/job.js';
import { isSound } from '../store/segments.js';
import { unlessAborted } from './abort.js';
import type { Availability } from './availability.js';
import { believed } from './believe.js';
import type { Candidate } from './candidate.js';
import { commit } from './commit.js';
import { neededBySegment, withNeed } from './diskFull.js';
import type { JudgeSettings } from './judge.js';
import type { Loaded, LoadSettings } from './loadSettings.js';
import { parcels } from './parcels.js';
import { type Parsing, parse } from './parsing.js';

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
  const parsing = { kept, writer: settings.writer, looksUp: true };
  const work = { settings, judging, loaded, stopped };
  const loading = parcels(candidates, settings.pool.threads, segmentOf).map((planned) => {
    const turn = planned.some(settings.inOrder) ? turns.next() : anyTime;
    return inFlight(async () => {
      if (stopped.aborted) return;
      const parcel = reachable(planned, settings.availability, loaded);
      const result = parcel.length === 0 ? null : await parse(parcel, parsing, settings, stopped);
      if (!result) {
        loaded.unreached.push(...parcel);
        return;
      }
      await turn.come;
      await committing(async () => {
        if (!stopped.aborted) await commitParcel(parcel, result, work);
        rmSync(result.segmentPath, { force: true });
      });
    })
      .catch((error: unknown) => {
        failed.abort();
        throw error;
      })
      .finally(turn.end);
  });
  const errors = (await Promise.allSettled(loading)).flatMap((done) =>
    done.status === 'rejected' ? [done.reason] : [],
  );
  if (errors.length > 0) throw errors[0];
  return loaded;
}

/** Lookups between two of which signals are heard. */
const lookups = 1000;

async function keptOf(
  candidates: readonly Candidate[],
  { cache, signal }: LoadSettings,
): Promise<Parsing['kept']> {
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

/** What a load knows, and what it notes. */
interface Work {
  readonly settings: LoadSettings;
  readonly judging: JudgeSettings;
  readonly loaded: Loaded;
  readonly stopped: AbortSignal;
}

/** Commits a parcel; if its segment turns out to be unsound, once more from one that SQLite itself writes. */
async function commitParcel(parcel: readonly Candidate[], result: ParcelResult, work: Work): Promise<void> {
  try {
    await commitSegment(parcel, result, work);
  } catch (error) {
    const isLast = work.settings.writer === 'binds' || work.stopped.aborted;
    if (isLast || !isOfSegment(error, result)) throw error;
    await commitAgain(parcel, result, work);
  }
}

const environmental: ReadonlySet<ErrorCode> = new Set(['disk_full', 'locked']);

/** Whether a commit failed because SQLite cannot make sense of the segment. */
function isOfSegment(error: unknown, { segmentPath }: ParcelResult): boolean {
  if (error instanceof IngestError && environmental.has(error.code)) return false;
  return !isSound(segmentPath);
}

async function commitAgain(parcel: readonly Candidate[], unsound: ParcelResult, work: Work): Promise<void> {
  const { settings, loaded, stopped } = work;
  settings.warn({
    code: 'segment_unsound',
    message: `A temporary file beside the database is not as SQLite wants it: its ${parcel.length} files are read again, and SQLite writes it.`,
    hint: 'The result is right. Please report this, unless the disk has faults; "batch": {"writer": "binds"} has SQLite write all of them.',
  });
  const result = await parse(parcel, { kept: new Map(), writer: 'binds', looksUp: false }, settings, stopped);
  if (!result) {
    loaded.unreached.push(...parcel);
    return;
  }
  await commitSegment(parcel, { ...result, damaged: unsound.used }, work);
  rmSync(result.segmentPath, { force: true });
}

/** Commits what can be believed of a parcel, tells of it and notes what is left open. */
async function commitSegment(
  parcel: readonly Candidate[],
  found: ParcelResult,
  { settings, judging, loaded }: Work,
): Promise<void> {
  const { store, signal, stages, committed, availability } = settings;
  const files = await unlessAborted(believed(parcel, found, availability), signal);
  const started = performance.now();
  const judged = await commit({ store, signal, judging, parcel, result: { ...found, files } }).catch(
    (error: unknown) => {
      throw withNeed(error, store.path, neededBySegment(found.segmentPath));
    },
  );
  stages.write += (performance.now() - started) / 1000;
  loaded.unreached.push(...parcel.filter((_, place) => files[place]?.kind === 'unreached'));
  settings.cache.take(parcel, { ...found, files });
  const bytes = files.reduce((sum, file) => sum + ('bytes' in file ? file.bytes : 0), 0);
  committed(
    judged.flatMap((one) => (one.outcome === 'postponed' ? [] : [one])),
    bytes,
  );
  loaded.postponed.push(...judged.flatMap((one) => (one.outcome === 'postponed' ? [one] : [])));
}
