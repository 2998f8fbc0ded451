import { join } from 'node:path';
import type { KnownPlace } from '../cache/cache.js';
import { defaultConcurrency } from '../config/inForce.js';
import type { SegmentWriting } from '../domain/settings.js';
import type { FileJob, ParcelResult } from '../parse/job.js';
import { absolutePath, type Candidate } from './candidate.js';
import { neededByFiles, withNeed } from './diskFull.js';
import type { LoadSettings } from './loadSettings.js';
import { asIngestError } from './record.js';

/** How parcels are to be parsed. */
export interface Parsing {
  /** Files that need not be looked at, as their records are kept. */
  readonly kept: ReadonlyMap<Candidate, KnownPlace>;
  readonly writer: SegmentWriting;
  /** Whether the contents of the others are looked up in the cache. */
  readonly looksUp: boolean;
}

let segments = 0;

/** Has a thread parse a parcel. Null when the run ends, or when no source of the parcel answers any more. */
export async function parse(
  parcel: readonly Candidate[],
  { kept, writer, looksUp }: Parsing,
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
    writer,
    concurrency: network ? filesAtOnce : 1,
    cache: looksUp ? cache.folder : null,
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

function jobOf(
  candidate: Candidate,
  kept: Parsing['kept'],
  { batchRows, availability }: LoadSettings,
): FileJob {
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
