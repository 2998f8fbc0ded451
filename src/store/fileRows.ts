import type { Connection } from './database.js';
import { childrenOf } from './family.js';
import type { LedgerEntry } from './ledger.js';
import { quoted } from './sql.js';

/** Rows that records of a file equal, by the file that owns them. */
export interface SharedRows {
  /** `source/path`. */
  readonly file: string;
  readonly rows: number;
}

/** The files that own the rows which records of this file equal, those with the most first. */
export function sharedRows(db: Connection, entry: LedgerEntry): SharedRows[] {
  if (entry.firstRecord === null || entry.deduplicated === 0) return [];
  return db
    .prepare(
      `SELECT f.source || '/' || f.path AS file, count(*) AS rows
       FROM _ingest_row_files r JOIN ${quoted(entry.table)} t ON t._id = r.row_id
         JOIN _ingest_files f ON f.file_id = t._file_id
       WHERE r.record_id BETWEEN ? AND ? GROUP BY f.file_id ORDER BY 2 DESC, 1`,
    )
    .all(entry.firstRecord, entry.lastRecord) as SharedRows[];
}

/** Rows of a child table that lie in the rows of a file. */
export interface ListRows {
  readonly table: string;
  readonly rows: number;
}

/** How many rows of each child table lie in the rows of a file, parents before their children. */
export function listRows(db: Connection, { table, firstRecord, lastRecord }: LedgerEntry): ListRows[] {
  if (firstRecord === null) return [];
  return childrenOf(db, table).map(({ name, line }) => {
    const rowsAbove = `SELECT _id FROM ${quoted(table)} WHERE _id BETWEEN ? AND ?`;
    const rows = line.reduce(
      (above, child) => `SELECT _id FROM ${quoted(child)} WHERE _parent_id IN (${above})`,
      rowsAbove,
    );
    const count = db.prepare(`SELECT count(*) FROM (${rows})`).pluck().get(firstRecord, lastRecord);
    return { table: name, rows: Number(count) };
  });
}

/** Rejects of one file and one cause. */
export interface RejectedRecords {
  readonly code: string;
  readonly records: number;
  /** The first of them. */
  readonly line: number | null;
  readonly message: string;
}

/** What keeps records of a file out of its table, the most frequent cause first. */
export function rejectedRecords(db: Connection, fileId: number): RejectedRecords[] {
  return db
    .prepare(
      `SELECT code, count(*) AS records, min(line) AS line, message
       FROM _ingest_rejects WHERE file_id = ? GROUP BY code ORDER BY 2 DESC, 1`,
    )
    .all(fileId) as RejectedRecords[];
}
