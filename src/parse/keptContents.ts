import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { contentKey, type KeptContent } from '../cache/contents.js';
import { CacheReader } from '../cache/reader.js';
import { systemCode } from '../domain/errors.js';
import type { SegmentWriter } from '../segment/writer.js';
import type { FileJob, FileResult, ReadWhole } from './job.js';

/** Where a thread finds records that were parsed before. What is damaged counts as not there. */
export class KeptContents {
  readonly #reader: CacheReader | null;
  /** Segments that turned out not to be what they were. */
  readonly damaged = new Set<string>();
  /** Segments that were of use. */
  readonly used = new Set<string>();

  /** `folder`: of the cache, or null. */
  constructor(folder: string | null) {
    this.#reader = folder === null ? null : readerOf(folder);
  }

  /** Takes over the records of a file whose content is known without a look at it. */
  byPlace(segment: SegmentWriter, job: FileJob): FileResult | null {
    if (!job.kept) return null;
    const { size, mtimeNs, kept } = job;
    const { sha256, lookedAtNs } = kept;
    const whole = { fingerprint: { size, mtimeNs }, openedAtNs: lookedAtNs, sha256, bytes: 0 };
    if (sha256 === job.known?.sha256) return { kind: 'same', ...whole };
    return this.#take(segment, job, kept.content, whole);
  }

  /** Takes over the records of a file that was read. */
  byContent(segment: SegmentWriter, job: FileJob, whole: ReadWhole): FileResult | null {
    const kept = this.#reader?.content(contentKey(whole.sha256, job.parseKey)) ?? null;
    return kept && this.#take(segment, job, kept, whole);
  }

  #take(segment: SegmentWriter, job: FileJob, content: KeptContent, whole: ReadWhole): FileResult | null {
    const { segmentPath, file } = content;
    if (this.damaged.has(segmentPath)) return null;
    const kept = isWhole(content)
      ? segment.takeOver(segmentPath, file, contentKey(whole.sha256, job.parseKey))
      : null;
    if (kept === null) {
      this.damaged.add(segmentPath);
      return null;
    }
    this.used.add(segmentPath);
    const { part, format, reasons, reading, warnings, seconds } = kept;
    return { kind: 'parsed', ...whole, part, format, reasons, reading, warnings, seconds, fromCache: true };
  }
}

/** Directories that this thread has open, by folder. */
const readers = new Map<string, CacheReader | null>();

function readerOf(folder: string): CacheReader | null {
  const known = readers.get(folder);
  if (known !== undefined) return known;
  const reader = CacheReader.open(folder);
  readers.set(folder, reader);
  return reader;
}

/** Segments that this thread has found whole, or not. */
const checked = new Map<string, boolean>();

function isWhole({ segmentPath, segmentSha256 }: KeptContent): boolean {
  const known = checked.get(segmentPath);
  if (known !== undefined) return known;
  const whole = fileSha256(segmentPath) === segmentSha256;
  checked.set(segmentPath, whole);
  return whole;
}

const chunk = Buffer.alloc(1024 * 1024);

/** The SHA-256 of a local file in hex; '' for one that cannot be read. */
export function fileSha256(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const sha = createHash('sha256');
      for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
        sha.update(chunk.subarray(0, length));
      }
      return sha.digest('hex');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return '';
  }
}
