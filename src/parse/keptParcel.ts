import { copyFileSync, linkSync, rmSync } from 'node:fs';
import { keyText } from '../cache/contents.js';
import { noShape, type Shape } from '../domain/segment.js';
import { KeptSegment } from '../segment/keptSegment.js';
import type { FileJob, FileResult, Parcel, ParcelResult } from './job.js';
import { byPlaceOf, type KeptContents, keyOf, parsedBefore } from './keptContents.js';

/**
 * A parcel whose files all lie in one kept segment, in their order: a link to that segment then serves as the parcel's
 * own, and no record is touched. Null where that cannot be; nothing is left of the attempt.
 */
export function keptParcel(parcel: Parcel, kept: KeptContents): ParcelResult | null {
  const started = performance.now();
  const segmentPath = segmentOf(parcel.files);
  const content = parcel.files[0]?.kept?.content;
  if (segmentPath === null || !content || !kept.isWhole(content)) return null;
  try {
    linkOrCopy(segmentPath, parcel.segmentPath);
    const { files, shapes } = described(parcel);
    const seconds = { read: 0, parse: (performance.now() - started) / 1000 };
    const cached = { keep: null, used: [segmentPath], damaged: [...kept.damaged] };
    return { segmentPath: parcel.segmentPath, files, shapes, seconds, ...cached };
  } catch {
    // What is wrong with it is found out where its files are taken one by one.
    rmSync(parcel.segmentPath, { force: true });
    return null;
  }
}

/** The one segment in which all the files lie, each behind the one before; null where there is none such. */
function segmentOf(files: readonly FileJob[]): string | null {
  let last = -1;
  const path = files[0]?.kept?.content.segmentPath ?? null;
  for (const { kept, known } of files) {
    if (kept?.content.segmentPath !== path || kept.content.file <= last) return null;
    if (kept.sha256 === known?.sha256) return null;
    last = kept.content.file;
  }
  return path;
}

/** Throws what SQLite throws, and for a file that is not in the segment. */
function described({ segmentPath, files: jobs }: Parcel): { files: FileResult[]; shapes: Shape[] } {
  const segment = new KeptSegment(segmentPath);
  try {
    const shapes: Shape[] = [];
    const files = jobs.map((job): FileResult => {
      const found = job.kept && segment.describe(job.kept.content.file, keyText(keyOf(job, job.kept.sha256)));
      const whole = byPlaceOf(job);
      if (!found || !whole) throw new Error('the segment is of other files');
      for (const [number, shape] of Object.entries(found.shapes)) shapes[Number(number)] = shape;
      return parsedBefore(found, whole);
    });
    return { files, shapes: Array.from(shapes, (shape) => shape ?? noShape) };
  } finally {
    segment.close();
  }
}

/** A link outlives that the segment is evicted meanwhile; another disk, or another owner, takes a copy. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
