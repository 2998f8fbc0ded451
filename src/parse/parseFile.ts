import { createHash, hash } from 'node:crypto';
import { IngestError } from '../domain/errors.js';
import { sameFingerprint } from '../domain/file.js';
import type { ParseSettings } from '../domain/settings.js';
import { OtherEncoding } from '../format/encoding.js';
import { Entangled } from '../format/entangled.js';
import { FieldsToLearn } from '../format/json-names.js';
import { nothingLearnt } from '../format/sampled.js';
import type { SegmentWriter } from '../segment/writer.js';
import { isFailure } from '../share/failure.js';
import { type Patience, patiently } from '../share/patience.js';
import {
  type EntireFile,
  fingerprintOf,
  type Reach,
  type ReadReport,
  readEntire,
  readOnce,
} from '../share/read.js';
import { type Crew, SharedFile } from './crew.js';
import { type Decoder, decoderFor, isGzip, saysPacked } from './decode.js';
import { isStop, parsingStopped, withoutContent } from './fileFailure.js';
import { type FileJob, type FileResult, type ReadWhole, smallFileBytes } from './job.js';
import type { KeptContents } from './keptContents.js';
import { asBefore } from './manner.js';
import { Recorder } from './recorder.js';

/** Files up to this size, packed ones among them, are not worth asking for help. */
const aloneBytes = 1024 * 1024;
/** Bytes of a small file between two of which the end of the run is heard. */
const pieceBytes = 64 * 1024;

/** How the files of one source are read. */
export interface Reader extends Reach {
  readonly patience: Patience;
  /** Threads that may help with a large file. */
  readonly crew: Crew | null;
  /** Whether the run is to end. */
  readonly stopped: () => boolean;
}

/** The bytes of a small file, or what kept them from being read. */
export type SmallFile = EntireFile | { readonly error: unknown };

/** Whether a file is read whole before it is parsed; of a packed one nobody knows how large it really is. */
export function isSmall({ absolutePath, size }: FileJob): boolean {
  return size <= (saysPacked(absolutePath) ? aloneBytes : smallFileBytes);
}

/** Reads a small file whole; never throws. */
export async function readSmall(job: FileJob, reader: Reader): Promise<SmallFile> {
  try {
    return await patiently(() => readBytes(job, reader), reader.patience);
  } catch (error) {
    return { error };
  }
}

/** The scan's look at a file spares another; a file that is not what it was then is read again. */
async function readBytes(job: FileJob, reader: Reader): Promise<EntireFile> {
  const asSeen = job.access === 'network' ? await readEntire(job.absolutePath, reader, job) : null;
  return asSeen && isSettled(asSeen.report) ? asSeen : readEntire(job.absolutePath, reader);
}

/** Parses a small file that was read into the segment, unless its records are kept. */
export async function parseSmall(
  segment: SegmentWriter,
  job: FileJob,
  file: SmallFile,
  kept: KeptContents,
  stopped: () => boolean,
): Promise<FileResult> {
  if ('error' in file) return withoutContent(file.error, 0);
  const { bytes, report } = file;
  if (!isSettled(report)) return { kind: 'unsettled', fingerprint: report.after, bytes: report.bytes };
  const sha256 = hash('sha256', bytes, 'hex');
  if (sha256 === job.known?.sha256) return same(report, sha256);
  const again = kept.byContent(segment, job, readWhole(report, sha256));
  if (again) return again;
  try {
    return await parsing(segment, job, null, async (decoder) => {
      // What is judged by its first bytes is judged by all of them.
      if (isGzip(bytes)) await pushInPieces(decoder, bytes, stopped);
      await decoder.end(isGzip(bytes) ? undefined : bytes);
      return { report, sha256 };
    });
  } catch (error) {
    return withoutContent(error, job.size);
  }
}

async function pushInPieces(decoder: Decoder, bytes: Buffer, stopped: () => boolean): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (stopped()) throw parsingStopped();
    await decoder.push(bytes.subarray(at, at + pieceBytes));
  }
}

/** Seconds spent on a file: in the file system, and by other threads. */
interface Spent {
  readSeconds: number;
  helpSeconds: number;
}

/** Streams a large file into the segment, bounded in memory. */
export async function parseLarge(
  segment: SegmentWriter,
  job: FileJob,
  reader: Reader,
  kept: KeptContents,
): Promise<Spent & { result: FileResult }> {
  const spent = { readSeconds: 0, helpSeconds: 0 };
  try {
    const again = (report: ReadReport, sha256: string) =>
      kept.byContent(segment, job, readWhole(report, sha256));
    // Another size is another content, without a look.
    const known =
      kept.mayHave(job.size) || job.known?.size === job.size
        ? await unlessKnown(job, reader, spent, again)
        : null;
    const result = known ?? (await streamed(segment, job, reader, spent));
    return { result, ...spent };
  } catch (error) {
    // A file that is half written does not parse; that is no fault of its own.
    const moved = isFailure(error) || isStop(error) ? null : await movedSince(job, reader);
    return { result: moved ?? withoutContent(error, job.size), ...spent };
  }
}

/** The result for a file that has its known content, or one that `again` has the records of. */
async function unlessKnown(
  job: FileJob,
  reader: Reader,
  spent: Spent,
  again: (report: ReadReport, sha256: string) => FileResult | null,
): Promise<FileResult | null> {
  const { report, sha256 } = await patiently(() => hashFile(job, reader), reader.patience);
  spent.readSeconds += report.seconds;
  if (!isSettled(report)) return null;
  return sha256 === job.known?.sha256 ? same(report, sha256) : again(report, sha256);
}

async function streamed(
  segment: SegmentWriter,
  job: FileJob,
  reader: Reader,
  spent: Spent,
): Promise<FileResult> {
  const crew = job.size > aloneBytes ? reader.crew : null;
  const help = crew && { ...reader, crew, spent };
  crew?.gather();
  const result = patiently(
    () =>
      parsing(segment, job, help, async (decoder) => {
        const sha = createHash('sha256');
        const report = await readOnce(job.absolutePath, reader, async (chunk) => {
          sha.update(chunk);
          await decoder.push(chunk);
          // Where the caller's own thread parses, signals are heard between two chunks.
          await new Promise((resolve) => setImmediate(resolve));
          if (reader.stopped()) throw parsingStopped();
        });
        spent.readSeconds += report.seconds;
        await decoder.end();
        return { report, sha256: sha.digest('hex') };
      }),
    reader.patience,
  );
  return result.finally(() => crew?.dismiss());
}

/** The file as unsettled if it is not what the scan saw any more. */
async function movedSince(job: FileJob, reader: Reader): Promise<FileResult | null> {
  const now = await fingerprintOf(job.absolutePath, reader);
  if (now === null || sameFingerprint(now, job)) return null;
  return { kind: 'unsettled', fingerprint: now, bytes: now.size };
}

async function hashFile(job: FileJob, reader: Reader): Promise<{ report: ReadReport; sha256: string }> {
  const sha = createHash('sha256');
  const report = await readOnce(job.absolutePath, reader, (chunk) => {
    sha.update(chunk);
  });
  return { report, sha256: sha.digest('hex') };
}

/** Who may help with a file. */
interface Help {
  readonly crew: Crew;
  readonly stopped: () => boolean;
  readonly spent: Spent;
}

/**
 * Records what `feed` gives to the decoder; of a file that throws nothing stays in the segment. It is read once more
 * where fields turn out to hold objects in some records and not in others, where its first characters beyond ASCII come
 * late and are not what was taken for granted, and where blocks of it cannot be read apart.
 */
async function parsing(
  segment: SegmentWriter,
  job: FileJob,
  help: Help | null,
  feed: (decoder: Decoder) => Promise<{ report: ReadReport; sha256: string }>,
): Promise<FileResult> {
  const started = performance.now();
  for (let learnt = nothingLearnt, helpers = help; ; ) {
    const recorder = new Recorder(segment, job);
    const shared = helpers && sharedFile(helpers, recorder);
    try {
      const decoder = decoderFor(job, learnt, recorder, shared);
      return await recording(recorder, decoder, { parse: job.parse, feed, started });
    } catch (error) {
      if (error instanceof FieldsToLearn) learnt = { ...learnt, lore: error.lore };
      else if (error instanceof OtherEncoding) learnt = { ...learnt, encoding: error.finding };
      else if (shared?.wasShared && isOfRecords(error)) helpers = null;
      else throw error;
    } finally {
      shared?.close();
      if (help && shared) help.spent.helpSeconds += shared.seconds;
    }
  }
}

function sharedFile({ crew, stopped }: Help, recorder: Recorder): SharedFile {
  return new SharedFile(crew, recorder, () => {
    if (stopped()) throw parsingStopped();
  });
}

/** Whether an error may be another one where one thread reads the file from its start to its end. */
function isOfRecords(error: unknown): boolean {
  return error instanceof Entangled || (error instanceof IngestError && !isStop(error));
}

async function recording(
  recorder: Recorder,
  decoder: Decoder,
  {
    parse,
    feed,
    started,
  }: {
    readonly parse: ParseSettings;
    readonly feed: (decoder: Decoder) => Promise<{ report: ReadReport; sha256: string }>;
    readonly started: number;
  },
): Promise<FileResult> {
  const { report, sha256 } = await feed(decoder).catch((error: unknown) => {
    throw error instanceof IngestError && !isStop(error)
      ? withAssumed(error, assumedOf(decoder, parse))
      : error;
  });
  if (!isSettled(report)) {
    return { kind: 'unsettled', fingerprint: report.after, bytes: report.bytes };
  }
  const found = { csv: decoder.csv, assumed: assumedOf(decoder, parse), ...recorder.reading() };
  const { reasons, reading } = asBefore({ reasons: decoder.reasons, reading: found });
  return {
    kind: 'parsed',
    part: recorder.part(),
    format: decoder.format,
    reasons,
    reading,
    warnings: recorder.warnings,
    seconds: (performance.now() - started) / 1000,
    fromCache: false,
    ...readWhole(report, sha256),
  };
}

/** How a file is read, and what of it was set. */
function assumedOf({ format }: Decoder, { csv }: ParseSettings): string {
  const set = Object.entries(csv).filter(([name, value]) => name !== 'units' && value !== 'auto');
  const said = set.map(([name]) => `"csv.${name}"`).join(', ');
  return said === '' ? `${format}, as found in the file` : `${format}; ${said} as set, the rest as found`;
}

function withAssumed({ code, message, hint, cause }: IngestError, assumed: string): IngestError {
  return new IngestError(code, message, hint, { cause, assumed });
}

function isSettled(report: ReadReport): boolean {
  return sameFingerprint(report.before, report.after) && report.bytes === report.before.size;
}

function same(report: ReadReport, sha256: string): FileResult {
  return { kind: 'same', ...readWhole(report, sha256) };
}

function readWhole({ before, bytes, openedAtNs }: ReadReport, sha256: string): ReadWhole {
  return { fingerprint: before, openedAtNs, sha256, bytes };
}
