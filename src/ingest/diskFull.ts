import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { IngestError } from '../domain/errors.js';

/** A row lies in the write-ahead log and in the database before the log is used again. */
const copiesOfSegment = 2;
/** A file's bytes lie in a segment, too. */
const copiesOfFile = 3;

/** What the rows of a segment need on the disk of the database, in bytes; an estimate. */
export function neededBySegment(path: string): number {
  return copiesOfSegment * (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
}

/** What files need on the disk of the database, in bytes; an estimate. */
export function neededByFiles(files: readonly { readonly file: { readonly size: number } }[]): number {
  return copiesOfFile * files.reduce((sum, { file }) => sum + file.size, 0);
}

/** An error that says that the disk is full, with how much room is needed there; any other as it is. */
export function withNeed(error: unknown, db: string, needed: number): unknown {
  if (!(error instanceof IngestError) || error.code !== 'disk_full') return error;
  const folder = dirname(db);
  const { bavail, bsize } = statfsSync(folder);
  return new IngestError(
    error.code,
    `${error.message} The files under way need about ${megabytes(needed)} in ${folder}, where ${megabytes(bavail * bsize)} are free.`,
    error.hint,
    { cause: error },
  );
}

function megabytes(bytes: number): string {
  return `${Math.max(0.1, bytes / 1e6).toFixed(1)} MB`;
}
