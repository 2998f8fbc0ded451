import { rmSync } from 'node:fs';
import pLimit from 'p-limit';
import { SegmentWriter } from '../segment/writer.js';
import type { FileResult, Parcel, ParcelResult } from './job.js';
import { isSmall, parseLarge, parseSmall, parsingStopped, readSmall } from './parseFile.js';

/**
 * Reads, hashes and parses the files of a parcel into its segment, in the parcel's order. A file that cannot be read
 * is a result, not an error; what is thrown concerns the segment itself (disk full), or says that `stopped` became true.
 */
export async function parseParcel(parcel: Parcel, stopped: () => boolean): Promise<ParcelResult> {
  const started = performance.now();
  const segment = new SegmentWriter(parcel.segmentPath);
  const limit = pLimit(parcel.concurrency);
  const reads = parcel.files.map((job) => (isSmall(job) ? limit(() => readSmall(job)) : null));
  const files: FileResult[] = [];
  let read = 0;
  let waited = 0;
  try {
    for (const [place, job] of parcel.files.entries()) {
      if (stopped()) throw parsingStopped();
      const waiting = performance.now();
      const small = await reads[place];
      waited += (performance.now() - waiting) / 1000;
      if (small) {
        files.push(await parseSmall(segment, job, place, small));
      } else {
        const large = await parseLarge(segment, job, place, stopped);
        files.push(large.result);
        read += large.readSeconds;
      }
    }
    segment.close();
  } catch (error) {
    segment.abandon();
    rmSync(parcel.segmentPath, { force: true });
    throw error;
  }
  const total = (performance.now() - started) / 1000;
  const seconds = { read: read + waited, parse: Math.max(0, total - read - waited) };
  return { segmentPath: parcel.segmentPath, files, shapes: segment.shapes, seconds };
}
