import { hash } from 'node:crypto';
import { join } from 'node:path';
import { proofOf } from './directory.js';

/** Where a content's records are kept: a file of a segment, which must still have that hash. */
export interface KeptContent {
  /** Absolute. */
  readonly segmentPath: string;
  /** Of the segment's bytes, in hex. */
  readonly segmentSha256: string;
  /** The place of the file in the segment. */
  readonly file: number;
}

/** The key of a content (its SHA-256 in hex) under the settings by which it is parsed. */
export function contentKey(sha256: string, settings: string): string {
  return hash('sha256', `${sha256}\0${settings}`, 'hex');
}

/** Finds a content by its key. */
export const contentQuery = `SELECT segment_id AS segmentId, name, sha256, file, proof
  FROM contents JOIN segments USING (segment_id) WHERE key = ?`;

/** What {@link contentQuery} found in the directory of a folder; null for nothing, or for a damaged row. */
export function keptContent(folder: string, key: string, found: unknown): KeptContent | null {
  if (found === undefined) return null;
  const row = found as { segmentId: number; name: string; sha256: string; file: number; proof: string };
  if (row.proof !== proofOf(key, row.segmentId, row.file)) return null;
  return { segmentPath: join(folder, row.name), segmentSha256: row.sha256, file: row.file };
}
