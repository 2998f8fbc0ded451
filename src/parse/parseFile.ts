import { createHash, hash } from 'node:crypto';
import { IngestError, messageOf, systemCode } from '../domain/errors.js';
import { sameFingerprint } from '../domain/file.js';
import { MixedFields, noFields } from '../format/json-layout.js';
import type { SegmentWriter } from '../segment/writer.js';
import { failureClass, failureName, HungCall, isFailure, SourceDown } from '../share/failure.js';
import { type Patience, patiently } from '../share/patience.js';
import { fingerprintOf, type Reach, type ReadReport, readOnce } from '../share/read.js';
import { type Decoder, decoderFor } from './decode.js';
import type { FileFailure, FileJob, FileResult, ReadWhole } from './job.js';
import { BrokenSegment, type KeptContents } from './keptContents.js';
import { Recorder } from './recorder.js';

/** Files up to this size are read whole before they are parsed: one hash, no half-written segment to undo. */
export const smallFileBytes = 8 * 1024 * 1024;

/** How the files of one source are read. */
export interface Reader extends Reach {
  readonly patience: Patience;
  /** Whether the run is to end. */
  readonly stopped: () => boolean;
}

/** The bytes of a small file, or what kept them from being read. */
export type SmallFile = { readonly bytes: Buffer; readonly report: ReadReport } | { readonly error: unknown };

export function isSmall(job: FileJob): boolean {
  return job.size <= smallFileBytes && !/\.gz$/i.test(job.absolutePath);
}

/** Reads a small file whole; never throws. */
export async function readSmall(job: FileJob, reader: Reader): Promise<SmallFile> {
  try {
    return await patiently(() => readBytes(job, reader), reader.patience);
  } catch (error) {
    return { error };
  }
}

async function readBytes(job: FileJob, reader: Reader): Promise<{ bytes: Buffer; report: ReadReport }> {
  const chunks: Buffer[] = [];
  const report = await readOnce(job.absolutePath, reader, (chunk) => {
    chunks.push(Buffer.from(chunk));
  });
  const [only] = chunks;
  return { bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks), report };
}

/** Where the records of a file go, and where they may be already. */
export interface Target {
  readonly segment: SegmentWriter;
  readonly job: FileJob;
  /** The file's place in the parcel. */
  readonly place: number;
  readonly kept: KeptContents;
}

/** Parses a small file that was read into the segment, unless its records are kept. */
export async function parseSmall(to: Target, file: SmallFile): Promise<FileResult> {
  const { segment, job, place, kept } = to;
  if ('error' in file) return withoutContent(file.error, 0);
  const { bytes, report } = file;
  if (!isSettled(report)) return { kind: 'unsettled', fingerprint: report.after, bytes: report.bytes };
  const sha256 = hash('sha256', bytes, 'hex');
  if (sha256 === job.known?.sha256) return same(report, sha256);
  const again = kept.byContent(segment, job, place, readWhole(report, sha256));
  if (again) return again;
  try {
    return await parsing(to, async (decoder) => {
      await decoder.push(bytes);
      await decoder.end();
      return { report, sha256 };
    });
  } catch (error) {
    return withoutContent(error, job.size);
  }
}

/** Streams a large file into the segment, bounded in memory. Returns the seconds spent reading, too. */
export async function parseLarge(
  to: Target,
  reader: Reader,
): Promise<{ result: FileResult; readSeconds: number }> {
  const { job } = to;
  let readSeconds = 0;
  const spent = ({ seconds }: ReadReport) => {
    readSeconds += seconds;
  };
  try {
    const known = await unlessKnown(to, reader, spent);
    const result = known ?? (await streamed(to, reader, spent));
    return { result, readSeconds };
  } catch (error) {
    // A file that is half written does not parse; that is no fault of its own.
    const moved = isFailure(error) || isStop(error) ? null : await movedSince(job, reader);
    return { result: moved ?? withoutContent(error, job.size), readSeconds };
  }
}

/** The result for a file that has a known content, or one that is kept. Another size is another content, without a look. */
async function unlessKnown(
  { segment, job, place, kept }: Target,
  reader: Reader,
  spent: (report: ReadReport) => void,
): Promise<FileResult | null> {
  if (job.known?.size !== job.size && !kept.mayHave(job.size)) return null;
  const { report, sha256 } = await patiently(() => hashFile(job, reader), reader.patience);
  spent(report);
  if (!isSettled(report)) return null;
  if (sha256 === job.known?.sha256) return same(report, sha256);
  return kept.byContent(segment, job, place, readWhole(report, sha256));
}

async function streamed(
  to: Target,
  reader: Reader,
  spent: (report: ReadReport) => void,
): Promise<FileResult> {
  return patiently(
    () =>
      parsing(to, async (decoder) => {
        const sha = createHash('sha256');
        const report = await readOnce(to.job.absolutePath, reader, async (chunk) => {
          sha.update(chunk);
          await decoder.push(chunk);
          // Where the caller's own thread parses, signals are heard between two chunks.
          await new Promise((resolve) => setImmediate(resolve));
          if (reader.stopped()) throw parsingStopped();
        });
        spent(report);
        await decoder.end();
        return { report, sha256: sha.digest('hex') };
      }),
    reader.patience,
  );
}

/** Thrown when the run ends while a file is parsed. */
export function parsingStopped(): IngestError {
  return new IngestError('stopped', 'The run ended while the file was parsed.');
}

function isStop(error: unknown): boolean {
  return error instanceof IngestError && error.code === 'stopped';
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

/**
 * Records what `feed` gives to the decoder; of a file that throws nothing stays in the segment. It is read once more
 * where fields turn out to hold objects in some records and not in others.
 */
async function parsing(
  { segment, job, place }: Omit<Target, 'kept'>,
  feed: (decoder: Decoder) => Promise<{ report: ReadReport; sha256: string }>,
): Promise<FileResult> {
  const started = performance.now();
  for (let asText = noFields; ; ) {
    const recorder = new Recorder(segment, job, place);
    try {
      return await recording(recorder, decoderFor(job, asText, recorder), feed, started);
    } catch (error) {
      if (!isOfSegment(error) && !isStop(error)) recorder.drop();
      if (!(error instanceof MixedFields)) throw error;
      asText = error.paths;
    }
  }
}

async function recording(
  recorder: Recorder,
  decoder: Decoder,
  feed: (decoder: Decoder) => Promise<{ report: ReadReport; sha256: string }>,
  started: number,
): Promise<FileResult> {
  const { report, sha256 } = await feed(decoder);
  if (!isSettled(report)) {
    recorder.drop();
    return { kind: 'unsettled', fingerprint: report.after, bytes: report.bytes };
  }
  return {
    kind: 'parsed',
    ...readWhole(report, sha256),
    part: recorder.part(),
    format: decoder.format,
    reasons: decoder.reasons,
    warnings: recorder.warnings,
    seconds: (performance.now() - started) / 1000,
    fromCache: false,
  };
}

/** Whether the segment itself cannot be written. */
function isOfSegment(error: unknown): boolean {
  return systemCode(error).startsWith('SQLITE_');
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

/** What became of a file whose content could not be had. Throws what concerns the segment, or the end of the run. */
function withoutContent(error: unknown, bytes: number): FileResult {
  if (isOfSegment(error) || isStop(error) || error instanceof BrokenSegment) throw error;
  if (error instanceof SourceDown || error instanceof HungCall) {
    return { kind: 'unreached', why: error.message, hung: error instanceof HungCall };
  }
  if (failureClass(error) === 'gone') return { kind: 'vanished' };
  return { kind: 'failed', failure: failureOf(error), bytes };
}

function failureOf(error: unknown): FileFailure {
  if (error instanceof IngestError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  }
  if (!isFailure(error)) return { code: 'internal', message: messageOf(error), hint: null };
  const name = failureName(error);
  const message = messageOf(error).startsWith(name) ? messageOf(error) : `${name}: ${messageOf(error)}`;
  return { code: 'unreadable', message, hint: hintFor(name) };
}

function hintFor(name: string): string {
  if (name === 'EACCES' || name === 'EPERM')
    return 'Give the user that runs ingest the right to read the file.';
  if (name === 'EMFILE' || name === 'ENFILE')
    return 'Allow more open files (ulimit -n), or lower --concurrency.';
  if (name === 'ETIME') return 'Check the network; "deadlines" of the source allow more time.';
  return 'Check the share; the file is tried again on the next run.';
}
