import { createHash, hash } from 'node:crypto';
import { type ErrorCode, IngestError, messageOf, systemCode } from '../domain/errors.js';
import { sameFingerprint } from '../domain/file.js';
import type { SegmentWriter } from '../segment/writer.js';
import { fingerprintOf, type ReadReport, readOnce } from '../share/read.js';
import { decoderFor } from './decode.js';
import type { FileFailure, FileJob, FileResult, ReadWhole } from './job.js';
import { Recorder } from './recorder.js';

/** Files up to this size are read whole before they are parsed: one hash, no half-written segment to undo. */
export const smallFileBytes = 8 * 1024 * 1024;

/** The bytes of a small file, or what kept them from being read. */
export type SmallFile = { readonly bytes: Buffer; readonly report: ReadReport } | { readonly error: unknown };

export function isSmall(job: FileJob): boolean {
  return job.size <= smallFileBytes && !/\.gz$/i.test(job.absolutePath);
}

/** Reads a small file whole; never throws. */
export async function readSmall(job: FileJob): Promise<SmallFile> {
  try {
    const chunks: Buffer[] = [];
    const report = await readOnce(job.absolutePath, job.access, (chunk) => {
      chunks.push(Buffer.from(chunk));
    });
    const [only] = chunks;
    return { bytes: chunks.length === 1 && only ? only : Buffer.concat(chunks), report };
  } catch (error) {
    return { error };
  }
}

/** Parses a small file that was read into the segment. */
export async function parseSmall(
  segment: SegmentWriter,
  job: FileJob,
  place: number,
  file: SmallFile,
): Promise<FileResult> {
  if ('error' in file) return failed(file.error, 0);
  const { bytes, report } = file;
  if (!isSettled(report)) return { kind: 'unsettled', fingerprint: report.after, bytes: report.bytes };
  const sha256 = hash('sha256', bytes, 'hex');
  if (sha256 === job.known?.sha256) return same(report, sha256);
  return parsing(segment, job, place, async (decoder) => {
    await decoder.push(bytes);
    await decoder.end();
    return { report, sha256 };
  });
}

/** Streams a large file into the segment, bounded in memory. Returns the seconds spent reading, too. */
export async function parseLarge(
  segment: SegmentWriter,
  job: FileJob,
  place: number,
  stopped: () => boolean,
): Promise<{ result: FileResult; readSeconds: number }> {
  let readSeconds = 0;
  // Another size is another content: only a file of the known size is hashed before it is parsed.
  if (job.known && job.known.size === job.size) {
    const hashed = await hashFile(job);
    if ('error' in hashed) return { result: failed(hashed.error, 0), readSeconds };
    readSeconds += hashed.report.seconds;
    if (isSettled(hashed.report) && hashed.sha256 === job.known.sha256) {
      return { result: same(hashed.report, hashed.sha256), readSeconds };
    }
  }
  const result = await parsing(segment, job, place, async (decoder) => {
    const sha = createHash('sha256');
    const report = await readOnce(job.absolutePath, job.access, async (chunk) => {
      sha.update(chunk);
      await decoder.push(chunk);
      // Where the caller's own thread parses, signals are heard between two chunks.
      await new Promise((resolve) => setImmediate(resolve));
      if (stopped()) throw parsingStopped();
    });
    readSeconds += report.seconds;
    await decoder.end();
    return { report, sha256: sha.digest('hex') };
  });
  // A file that is half written does not parse; that is no fault of its own.
  if (result.kind === 'failed') return { result: movedSince(job) ?? result, readSeconds };
  return { result, readSeconds };
}

/** Thrown when the run ends while a file is parsed. */
export function parsingStopped(): IngestError {
  return new IngestError('stopped', 'The run ended while the file was parsed.');
}

function isStop(error: unknown): boolean {
  return error instanceof IngestError && error.code === 'stopped';
}

/** The file as unsettled if it is not what the scan saw any more. */
function movedSince(job: FileJob): FileResult | null {
  const now = fingerprintOf(job.absolutePath);
  if (now === null || sameFingerprint(now, job)) return null;
  return { kind: 'unsettled', fingerprint: now, bytes: now.size };
}

async function hashFile(job: FileJob): Promise<{ report: ReadReport; sha256: string } | { error: unknown }> {
  try {
    const sha = createHash('sha256');
    const report = await readOnce(job.absolutePath, job.access, (chunk) => {
      sha.update(chunk);
    });
    return { report, sha256: sha.digest('hex') };
  } catch (error) {
    return { error };
  }
}

async function parsing(
  segment: SegmentWriter,
  job: FileJob,
  place: number,
  feed: (decoder: ReturnType<typeof decoderFor>) => Promise<{ report: ReadReport; sha256: string }>,
): Promise<FileResult> {
  const recorder = new Recorder(segment, job, place);
  const decoder = decoderFor(job.absolutePath, job.parse, recorder);
  try {
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
    };
  } catch (error) {
    // The segment itself cannot be written.
    if (systemCode(error).startsWith('SQLITE_') || isStop(error)) throw error;
    recorder.drop();
    return failed(error, job.size);
  }
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

function failed(error: unknown, bytes: number): FileResult {
  if (systemCode(error) === 'ENOENT') return { kind: 'vanished' };
  return { kind: 'failed', failure: failureOf(error), bytes };
}

function failureOf(error: unknown): FileFailure {
  if (error instanceof IngestError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  }
  const system = systemCode(error);
  const fromSystem = /^E[A-Z0-9]+$/.test(system) && !system.startsWith('ERR');
  const code: ErrorCode = fromSystem ? 'unreadable' : 'internal';
  const hint = fromSystem ? hintFor(system) : null;
  return { code, message: messageOf(error), hint };
}

function hintFor(system: string): string {
  if (system === 'EACCES' || system === 'EPERM')
    return 'Give the user that runs ingest the right to read the file.';
  return 'Check the share; the file is tried again on the next run.';
}
