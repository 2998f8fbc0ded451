import { rmSync } from 'node:fs';
import pLimit, { type LimitFunction } from 'p-limit';
import { keyText } from '../cache/contents.js';
import { IngestError, messageOf, systemCode } from '../domain/errors.js';
import { BoundFile } from '../segment/boundFile.js';
import type { NewFile } from '../segment/newFile.js';
import { SqliteFile } from '../segment/sqliteFile.js';
import { SegmentWriter } from '../segment/writer.js';
import { Breaker } from '../share/patience.js';
import { type System, thisSystem } from '../share/system.js';
import type { Crew } from './crew.js';
import { parsingStopped } from './fileFailure.js';
import type { FileJob, FileResult, Kept, Parcel, ParcelResult } from './job.js';
import { BrokenSegment, fileSha256, KeptContents, keyOf } from './keptContents.js';
import { keptParcel } from './keptParcel.js';
import { isSmall, parseLarge, parseSmall, type Reader, readSmall, type SmallFile } from './parseFile.js';

/**
 * Reads, hashes and parses the files of a parcel into its segment, in the parcel's order. A file that cannot be read
 * is a result, not an error; the IngestError thrown concerns the segment itself (disk full), or says that `stopped`
 * became true. Once a source does not answer its other files are not begun.
 */
export async function parseParcel(
  parcel: Parcel,
  stopped: () => boolean,
  { system = thisSystem, crew = null }: { readonly system?: System; readonly crew?: Crew | null } = {},
): Promise<ParcelResult> {
  const damaged = new Set<string>();
  for (;;) {
    const kept = new KeptContents(parcel.cache, damaged);
    try {
      return keptParcel(parcel, kept) ?? (await parsed(parcel, kept, { system, crew, stopped }));
    } catch (error) {
      // Once more, without what broke.
      if (!(error instanceof BrokenSegment))
        throw error instanceof IngestError ? error : asIngestError(error);
    } finally {
      kept.close();
    }
  }
}

/** With what a parcel is parsed. */
interface Means {
  readonly system: System;
  /** Threads that may help; null: there are none. */
  readonly crew: Crew | null;
  readonly stopped: () => boolean;
}

/** What keeps a segment from being written. */
function asIngestError(error: unknown): IngestError {
  const isFull = /^(ENOSPC|EDQUOT|SQLITE_FULL)/.test(systemCode(error));
  return new IngestError(
    isFull ? 'disk_full' : 'internal',
    isFull
      ? 'The disk is full: there is no room for the temporary files beside the database.'
      : `A temporary file beside the database cannot be written: ${messageOf(error)}.`,
    'Free some space and start again: what is in the database stays, the rest is read again.',
    { cause: error },
  );
}

async function parsed(parcel: Parcel, kept: KeptContents, means: Means): Promise<ParcelResult> {
  const started = performance.now();
  const { segmentPath } = parcel;
  const parser = new ParcelParser(parcel, kept, means);
  try {
    const files = await parser.run();
    const contents = parcel.keep ? describeParsed(parser.segment, parcel, files) : [];
    parser.segment.close();
    const keep = contents.length > 0 ? { sha256: fileSha256(segmentPath), contents } : null;
    const total = (performance.now() - started) / 1000;
    const { readSeconds: read, helpSeconds, segment } = parser;
    const seconds = { read, parse: Math.max(0, total - read + helpSeconds) };
    const cached = { keep, used: [...kept.used], damaged: [...kept.damaged] };
    return { segmentPath, files, shapes: segment.shapes, seconds, ...cached };
  } catch (error) {
    parser.segment.abandon();
    rmSync(segmentPath, { force: true });
    throw error;
  }
}

function newFile({ writer, segmentPath }: Parcel): NewFile {
  return writer === 'binds' ? new BoundFile(segmentPath) : new SqliteFile(segmentPath);
}

/** Takes the files of a parcel one after the other, while others are being read. */
class ParcelParser {
  readonly segment: SegmentWriter;
  /** Spent in reading, or waiting for it. */
  readSeconds = 0;
  /** Of other threads. */
  helpSeconds = 0;
  readonly #limit: LimitFunction;
  readonly #readerOf: (job: FileJob) => Reader;

  constructor(
    readonly parcel: Parcel,
    readonly kept: KeptContents,
    readonly means: Means,
  ) {
    this.segment = new SegmentWriter(newFile(parcel));
    this.#limit = pLimit(parcel.concurrency);
    // What SQLite writes has one writer.
    const crew = parcel.writer === 'binds' ? null : means.crew;
    this.#readerOf = readers({ ...means, crew }, this.#limit);
  }

  async run(): Promise<FileResult[]> {
    const { files: jobs, concurrency } = this.parcel;
    // One at a time is read when its turn comes: what was just read is at hand for the processor.
    const reads = jobs.map((job) => (concurrency > 1 && isSmall(job) && !job.kept ? this.#read(job) : null));
    const files: FileResult[] = [];
    for (const [place, job] of this.parcel.files.entries()) {
      if (this.means.stopped()) throw parsingStopped();
      const known = this.kept.byPlace(this.segment, job);
      files.push(known ?? (await this.#parse(job, reads[place] ?? null)));
    }
    return files;
  }

  async #parse(job: FileJob, reading: Promise<SmallFile> | null): Promise<FileResult> {
    if (!isSmall(job)) {
      const large = await parseLarge(this.segment, job, this.#readerOf(job), this.kept);
      this.readSeconds += large.readSeconds;
      this.helpSeconds += large.helpSeconds;
      return large.result;
    }
    const waiting = performance.now();
    const small = await (reading ?? this.#read(job));
    this.readSeconds += (performance.now() - waiting) / 1000;
    const result = await parseSmall(this.segment, job, small, this.kept, this.means.stopped);
    // Answers to other reads have come meanwhile, and their next calls must not wait for the next file.
    if (this.parcel.concurrency > 1) await new Promise((resolve) => setImmediate(resolve));
    return result;
  }

  #read(job: FileJob): Promise<SmallFile> {
    return this.#limit(() => readSmall(job, this.#readerOf(job)));
  }
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
    const { part, format, reasons, reading, warnings, seconds } = result;
    segment.describe(keyText(key), { part, format, reasons, reading, warnings, seconds });
    return [{ file: part.file, ...key }];
  });
}

/** One reader for each source, so that its files share a breaker. */
function readers({ system, crew, stopped }: Means, limit: LimitFunction): (job: FileJob) => Reader {
  const bySource = new Map<string, Reader>();
  const crowded = () => {
    limit.concurrency = Math.max(1, Math.floor(limit.concurrency / 2));
  };
  return ({ source, access, deadlines, hidden }) => {
    const known = bySource.get(source);
    if (known) return known;
    const patience = { breaker: new Breaker(), pause: (ms: number) => system.pause(ms), crowded };
    const reader = { calls: system.calls(access), deadlines, hidden, patience, crew, stopped };
    bySource.set(source, reader);
    return reader;
  };
}
