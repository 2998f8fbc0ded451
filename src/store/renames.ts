import type { Connection } from './database.js';
import type { LedgerEntry } from './ledger.js';

/** That a file of the ledger stood under another path before. */
export interface RenameFacts {
  /** Relative paths within the source. */
  readonly from: string;
  /** Where the ledger has it now. */
  readonly to: string;
  readonly runId: number;
  /** ISO time. */
  readonly at: string;
}

/** Notes, before a file's entry moves, that it will no longer be found by its path. */
export function noteRename(
  db: Connection,
  { fileId, source, path }: LedgerEntry,
  to: string,
  runId: number,
): void {
  db.prepare('DELETE FROM _ingest_renames WHERE source = ? AND path = ?').run(source, to);
  db.prepare(
    'REPLACE INTO _ingest_renames (source, path, file_id, run_id, renamed_at) VALUES (?, ?, ?, ?, ?)',
  ).run(source, path, fileId, runId, new Date().toISOString());
}

const selection = `SELECT r.path AS "from", f.path AS "to", r.run_id AS runId, r.renamed_at AS at
  FROM _ingest_renames r JOIN _ingest_files f ON f.file_id = r.file_id`;

/** What became of a file that stood under a path; null where none did. */
export function renameOf(db: Connection, source: string, path: string): RenameFacts | null {
  const found = db.prepare(`${selection} WHERE r.source = ? AND r.path = ?`).get(source, path);
  return (found as RenameFacts | undefined) ?? null;
}

/** The last rename of a file, or null. */
export function lastRename(db: Connection, { fileId, source }: LedgerEntry): RenameFacts | null {
  const found = db
    .prepare(`${selection} WHERE r.file_id = ? AND r.source = ? ORDER BY r.renamed_at DESC LIMIT 1`)
    .get(fileId, source);
  return (found as RenameFacts | undefined) ?? null;
}
