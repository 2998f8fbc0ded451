import type { Statement } from 'better-sqlite3';
import { listingRange, rejectsTable } from '../domain/segment.js';
import type { Connection } from './database.js';
import type { SegmentSchema } from './segments.js';

/** One line of `_ingest_rejects`, without its keys. */
export interface StoredReject {
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/** `_ingest_rejects`: the records that could not be stored. */
export class Rejects {
  readonly #db: Connection;
  readonly #remove: Statement;
  readonly #removeOthers: Statement;
  readonly #passOn: Statement;

  constructor(db: Connection) {
    this.#db = db;
    this.#remove = db.prepare('DELETE FROM _ingest_rejects WHERE file_id = ?');
    this.#removeOthers = db.prepare('DELETE FROM _ingest_rejects WHERE file_id = ? AND run_id <> ?');
    this.#passOn = db.prepare(
      'UPDATE _ingest_rejects SET file_id = ?, run_id = ? WHERE file_id = ? AND run_id = ?',
    );
  }

  /** Copies the first `limit` rejects of a segment's file and shows each of them to `each`. */
  take(
    from: { schema: SegmentSchema; file: number; limit: number },
    fileId: number,
    runId: number,
    each: (reject: StoredReject) => void,
  ): void {
    const { first, last } = listingRange(from.file);
    const source = `FROM ${from.schema}.${rejectsTable} WHERE rowid BETWEEN ? AND ? ORDER BY rowid LIMIT ?`;
    this.#db
      .prepare(
        `INSERT INTO _ingest_rejects (file_id, run_id, line, byte_offset, column_name, code, message, raw)
         SELECT ?, ?, line, byte_offset, column_name, code, message, raw ${source}`,
      )
      .run(fileId, runId, first, last, from.limit);
    const rejects = this.#db
      .prepare(
        `SELECT line, byte_offset AS byteOffset, column_name AS "column", code, message, raw ${source}`,
      )
      .iterate(first, last, from.limit) as IterableIterator<StoredReject>;
    for (const reject of rejects) each(reject);
  }

  /** Adds a reject that was not found by the parser. */
  add(fileId: number, runId: number, reject: StoredReject): void {
    this.#db
      .prepare(
        `INSERT INTO _ingest_rejects (file_id, run_id, line, byte_offset, column_name, code, message, raw)
         VALUES (@fileId, @runId, @line, @byteOffset, @column, @code, @message, @raw)`,
      )
      .run({ ...reject, fileId, runId });
  }

  remove(fileId: number): void {
    this.#remove.run(fileId);
  }

  /** Removes the rejects of tries to load a file that failed; those of the run that loaded it stay. */
  removeAllBut(fileId: number, runId: number): void {
    this.#removeOthers.run(fileId, runId);
  }

  /** Makes the rejects of the run that loaded a file those of another file with the same content. */
  passOn(from: { fileId: number; runId: number }, heir: { fileId: number; runId: number }): void {
    this.#passOn.run(heir.fileId, heir.runId, from.fileId, from.runId);
  }
}
