import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { CacheReader, type ContentKey, type KeptContent, keyText } from '../cache/contents.js';
import { messageOf, systemCode } from '../domain/errors.js';
import type { KeptFile } from '../segment/kept.js';
import { SegmentFailure } from '../segment/newFile.js';
import type { SegmentWriter } from '../segment/writer.js';
import type { FileJob, FileResult, ReadWhole } from './job.js';

/** Thrown when a kept segment breaks while records are copied out of it: what was copied is worth nothing. */
export class BrokenSegment extends Error {}

/** Where a parcel finds records that were parsed before. What is damaged counts as not there. */
export class KeptContents {
  readonly #reader: CacheReader | null;
  /** Segments that were of use. */
  readonly used = new Set<string>();

  /** `folder`: of the cache, or null. `damaged`: segments that are not what they were, noted here. */
  constructor(
    folder: string | null,
    readonly damaged: Set<string>,
  ) {
    this.#reader = folder === null ? null : CacheReader.open(folder);
  }

  /** Takes over the records of a file whose content is known without a look at it. */
  byPlace(segment: SegmentWriter, job: FileJob): FileResult | null {
    const whole = byPlaceOf(job);
    if (!job.kept || !whole) return null;
    if (whole.sha256 === job.known?.sha256) return { kind: 'same', ...whole };
    return this.#take(segment, job, job.kept.content, whole);
  }

  /** Takes over the records of a file that was read. Throws {@link BrokenSegment}. */
  byContent(segment: SegmentWriter, job: FileJob, whole: ReadWhole): FileResult | null {
    const kept = this.#reader?.content(keyOf(job, whole.sha256)) ?? null;
    return kept && this.#take(segment, job, kept, whole);
  }

  /** Whether a file of that size may have a content that is kept. */
  mayHave(size: number): boolean {
    return this.#reader?.knowsSize(size) ?? false;
  }

  /** Whether a segment is what it was; one that did not change since it was hashed is not hashed again. */
  isWhole({ segmentPath, segmentSha256 }: KeptContent): boolean {
    const state = this.damaged.has(segmentPath) ? null : stateOf(segmentPath);
    if (state === null) return false;
    const known = hashes.get(state) ?? fileSha256(segmentPath);
    hashes.set(state, known);
    return known === segmentSha256;
  }

  close(): void {
    this.#reader?.close();
  }

  #take(segment: SegmentWriter, job: FileJob, content: KeptContent, whole: ReadWhole): FileResult | null {
    const { segmentPath } = content;
    const kept = this.isWhole(content) ? this.#copy(segment, content, keyOf(job, whole.sha256)) : null;
    if (kept === null) {
      this.damaged.add(segmentPath);
      return null;
    }
    this.used.add(segmentPath);
    return parsedBefore(kept, whole);
  }

  #copy(segment: SegmentWriter, content: KeptContent, key: ContentKey): KeptFile | null {
    try {
      return segment.takeOver(content.segmentPath, content.file, keyText(key));
    } catch (error) {
      if (error instanceof SegmentFailure) throw error;
      this.damaged.add(content.segmentPath);
      throw new BrokenSegment(messageOf(error));
    }
  }
}

/** What is known of a file that need not be looked at; null of another. */
export function byPlaceOf({ size, mtimeNs, kept }: FileJob): ReadWhole | null {
  if (!kept) return null;
  const { sha256, lookedAtNs } = kept;
  return { fingerprint: { size, mtimeNs }, openedAtNs: lookedAtNs, sha256, bytes: 0 };
}

/** The result for a file whose records were kept. */
export function parsedBefore(kept: KeptFile, whole: ReadWhole): FileResult {
  const { part, format, reasons, reading, warnings, seconds } = kept;
  return { kind: 'parsed', part, format, reasons, reading, warnings, seconds, fromCache: true, ...whole };
}

/** By what a file's content is known, once that is known. */
export function keyOf({ parseKey }: FileJob, sha256: string): ContentKey {
  return { sha256, settings: parseKey };
}

/** What segments were found to be, by path and state of the file. */
const hashes = new Map<string, string>();

function stateOf(path: string): string | null {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [path, ino, size, mtimeNs, ctimeNs].join('\0');
  } catch {
    return null;
  }
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
