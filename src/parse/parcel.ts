import { rmSync } from 'node:fs';
import pLimit, { type LimitFunction } from 'p-limit';
import { keyText } from '../cache/contents.js';
import { SegmentWriter } from '../segment/writer.js';
import { Breaker } from '../share/patience.js';
import { type System, thisSystem } from '../share/system.js';
import type { FileJob, FileResult, Kept, Parcel, ParcelResult } from './job.js';
import { BrokenSegment, fileSha256, KeptContents, keyOf } from './keptContents.js';
import { isSmall, parseLarge, parseSmall, parsingStopped, type Reader, readSmall } from './parseFile.js';

/**
 * Reads, hashes and parses the files of a parcel into its segment, in the parcel's order. A file that cannot be read
 * is a result, not an error; what is thrown concerns the segment itself (disk full), or says that `stopped` became
 * true. Once a source does not answer its other files are not begun.
 */
export async function parseParcel(
  parcel: Parcel,
  stopped: () => boolean,
  system: System = thisSystem,
): Promise<ParcelResult> {
  const damaged = new Set<string>();
  for (;;) {
    const kept = new KeptContents(parcel.cache, damaged);
    try {
      return await parsed(parcel, kept, stopped, system);
    } catch (error) {
      // Once more, without what broke.
      if (!(error instanceof BrokenSegment)) throw error;
    } finally {
      kept.close();
    }
  }
}

async function parsed(
  parcel: Parcel,
  kept: KeptContents,
  stopped: () => boolean,
  system: System,
): Promise<ParcelResult> {
  const started = performance.now();
  const segment = new SegmentWriter(parcel.segmentPath);
  const limit = pLimit(parcel.concurrency);
  const readerOf = readers(system, limit, stopped);
  const readJob = (job: FileJob) => limit(() => readSmall(job, readerOf(job)));
  const reads = parcel.files.map((job) => (isSmall(job) && !job.kept ? readJob(job) : null));
  const files: FileResult[] = [];
  let contents: Kept['contents'] = [];
  let read = 0;
  let waited = 0;
  try {
    for (const [place, job] of parcel.files.entries()) {
      if (stopped()) throw parsingStopped();
      const known = kept.byPlace(segment, job, place);
      if (known) {
        files.push(known);
        continue;
      }
      const waiting = performance.now();
      const small = await (reads[place] ?? (isSmall(job) ? readJob(job) : null));
      waited += (performance.now() - waiting) / 1000;
      if (small) {
        files.push(await parseSmall({ segment, job, place, kept }, small));
      } else {
        const large = await parseLarge({ segment, job, place, kept }, readerOf(job));
        files.push(large.result);
        read += large.readSeconds;
      }
    }
    contents = parcel.keep ? describeParsed(segment, parcel, files) : [];
    segment.close();
  } catch (error) {
    segment.abandon();
    rmSync(parcel.segmentPath, { force: true });
    throw error;
  }
  const total = (performance.now() - started) / 1000;
  const seconds = { read: read + waited, parse: Math.max(0, total - read - waited) };
  const keep = contents.length > 0 ? { sha256: fileSha256(parcel.segmentPath), contents } : null;
  const { segmentPath } = parcel;
  const cached = { keep, used: [...kept.used], damaged: [...kept.damaged] };
  return { segmentPath, files, shapes: segment.shapes, seconds, ...cached };
}

/** Says of each file that was parsed what is needed to use its records another time; returns their contents. */
function describeParsed(
  segment: SegmentWriter,
  parcel: Parcel,
  files: readonly FileResult[],
): Kept['contents'] {
  return files.flatMap((result, place) => {
    const job = parcel.files[place];
    if (!job || result.kind !== 'parsed' || result.fromCache) return [];
    const key = keyOf(job, result.sha256);
    const { part, format, reasons, warnings, seconds } = result;
    segment.describe(place, keyText(key), { part, format, reasons, warnings, seconds });
    return [{ ...key, file: place }];
  });
}

/** One reader for each source, so that its files share a breaker. */
function readers(system: System, limit: LimitFunction, stopped: () => boolean): (job: FileJob) => Reader {
  const bySource = new Map<string, Reader>();
  const crowded = () => {
    limit.concurrency = Math.max(1, Math.floor(limit.concurrency / 2));
  };
  return ({ source, access, deadlines }) => {
    const known = bySource.get(source);
    if (known) return known;
    const patience = { breaker: new Breaker(), pause: (ms: number) => system.pause(ms), crowded };
    const reader = { calls: system.calls(access), deadlines, patience, stopped };
    bySource.set(source, reader);
    return reader;
  };
}
