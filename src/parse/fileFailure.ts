import { IngestError, messageOf, systemCode } from '../domain/errors.js';
import { SegmentFailure } from '../segment/newFile.js';
import { failureClass, failureName, failureText, HungCall, isFailure, SourceDown } from '../share/failure.js';
import type { FileFailure, FileResult } from './job.js';
import { BrokenSegment } from './keptContents.js';

/** Thrown when the run ends while a file is parsed. */
export function parsingStopped(): IngestError {
  return new IngestError('stopped', 'The run ended while the file was parsed.');
}

export function isStop(error: unknown): boolean {
  return error instanceof IngestError && error.code === 'stopped';
}

/** What became of a file whose content could not be had. Throws what concerns the segment, or the end of the run. */
export function withoutContent(error: unknown, bytes: number): FileResult {
  if (isOfSegment(error) || isStop(error) || error instanceof BrokenSegment) throw error;
  if (error instanceof SourceDown || error instanceof HungCall) {
    return { kind: 'unreached', why: error.message, hung: error instanceof HungCall };
  }
  if (failureClass(error) === 'gone') return { kind: 'vanished' };
  return { kind: 'failed', failure: failureOf(error), bytes };
}

function failureOf(error: unknown): FileFailure {
  if (error instanceof IngestError) {
    const { code, message, hint = null, assumed } = error;
    return { code, message, hint, ...(assumed === undefined ? {} : { assumed }) };
  }
  if (!isFailure(error)) return { code: 'internal', message: messageOf(error), hint: null };
  return { code: 'unreadable', message: failureText(error), hint: hintFor(failureName(error)) };
}

function hintFor(name: string): string {
  if (name === 'EACCES' || name === 'EPERM')
    return 'Give the user that runs ingest the right to read the file.';
  if (name === 'EMFILE' || name === 'ENFILE')
    return 'Allow more open files (ulimit -n), or lower --concurrency.';
  if (name === 'ETIME') return 'Check the network; "deadlines" of the source allow more time.';
  return 'Check the share; the file is tried again on the next run.';
}

/** Whether the segment itself cannot be written. */
function isOfSegment(error: unknown): boolean {
  return error instanceof SegmentFailure || systemCode(error).startsWith('SQLITE_');
}
