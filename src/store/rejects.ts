import type { Statement } from 'better-sqlite3';
import type { Reading } from '../domain/reading.js';
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

/** A reject as it stands in the database. */
export interface KeptReject extends StoredReject {
  readonly rejectId: number;
  /** The record id that was kept free for its row; null when its version of the file was not loaded. */
  readonly recordId: number | null;
}

/** A file's rejects in a segment. */
interface SegmentRejects {
  readonly schema: SegmentSchema;
  readonly file: number;
  /** How many of them are kept. */
  readonly limit: number;
  /** The record id of the first, kept free for its row; null when the file was not loaded. */
  readonly firstRecord: number | null;
}

const fields = 'line, byte_offset AS byteOffset, column_name AS "column", code, message, raw';

/**
 * `_ingest_rejects`: the records that could not be stored, each with the record id that its row would take; and
 * `_ingest_readings`: how the files that they come from were read.
 */
export class Rejects {
  readonly #db: Connection;
  readonly #removeOthers: Statement;
  readonly #removeAll: readonly Statement[];
  readonly #passOn: Statement;

  constructor(db: Connection) {
    this.#db = db;
    this.#removeOthers = db.prepare('DELETE FROM _ingest_rejects WHERE file_id = ? AND run_id <> ?');
    this.#removeAll = ['_ingest_rejects', '_ingest_readings'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE file_id = ?`),
    );
    this.#passOn = db.prepare(
      'UPDATE _ingest_rejects SET file_id = ?, run_id = ? WHERE file_id = ? AND run_id = ?',
    );
  }

  /** Copies rejects of a segment and shows each of them to `each`. */
  take(
    { schema, file, limit, firstRecord }: SegmentRejects,
    fileId: number,
    runId: number,
    each: (reject: StoredReject) => void,
  ): void {
    const { first, last } = listingRange(file);
    const source = `FROM ${schema}.${rejectsTable} WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?`;
    this.#db
      .prepare(
        `INSERT INTO _ingest_rejects (file_id, run_id, line, byte_offset, column_name, code, message, raw, record_id)
         SELECT ?, ?, line, byte_offset, column_name, code, message, raw,
           ? + row_number() OVER (ORDER BY id) - 1 ${source}`,
      )
      .run(fileId, runId, firstRecord, first, last, limit);
    const rejects = this.#db
      .prepare(`SELECT ${fields} ${source}`)
      .iterate(first, last, limit) as IterableIterator<StoredReject>;
    for (const reject of rejects) each(reject);
  }

  /** Adds a reject that was not found by the parser. */
  add(fileId: number, runId: number, recordId: number, reject: StoredReject): void {
    this.#db
      .prepare(
        `INSERT INTO _ingest_rejects (file_id, run_id, line, byte_offset, column_name, code, message, raw, record_id)
         VALUES (@fileId, @runId, @line, @byteOffset, @column, @code, @message, @raw, @recordId)`,
      )
      .run({ fileId, runId, recordId, ...reject });
  }

  /** Notes how a file was read whose rejects stand here. */
  noteReading(fileId: number, reading: Reading): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO _ingest_readings VALUES (?, ?)')
      .run(fileId, JSON.stringify(reading));
  }

  readingOf(fileId: number): Reading | null {
    const text = this.#db
      .prepare('SELECT reading FROM _ingest_readings WHERE file_id = ?')
      .pluck()
      .get(fileId);
    return typeof text === 'string' ? (JSON.parse(text) as Reading) : null;
  }

  /** The rejects of a file in the order of their record ids. */
  of(fileId: number): KeptReject[] {
    return this.#db
      .prepare(
        `SELECT reject_id AS rejectId, record_id AS recordId, ${fields} FROM _ingest_rejects
         WHERE file_id = ? ORDER BY record_id, reject_id`,
      )
      .all(fileId) as KeptReject[];
  }

  /** Takes out a reject that has become a row. */
  resolve(rejectId: number): void {
    this.#db.prepare('DELETE FROM _ingest_rejects WHERE reject_id = ?').run(rejectId);
  }

  /** Notes what is wrong with a reject today, and the form in which its record is kept. */
  restate(rejectId: number, { column, code, message, raw }: StoredReject): void {
    this.#db
      .prepare(
        'UPDATE _ingest_rejects SET column_name = ?, code = ?, message = ?, raw = ? WHERE reject_id = ?',
      )
      .run(column, code, message, raw, rejectId);
  }

  remove(fileId: number): void {
    for (const statement of this.#removeAll) statement.run(fileId);
  }

  /** Removes the rejects of tries to load a file that failed; those of the run that loaded it stay. */
  removeAllBut(fileId: number, runId: number): void {
    this.#removeOthers.run(fileId, runId);
  }

  /** Makes the rejects of the run that loaded a file those of another file with the same content. */
  passOn(from: { fileId: number; runId: number }, heir: { fileId: number; runId: number }): void {
    this.#passOn.run(heir.fileId, heir.runId, from.fileId, from.runId);
    this.#db
      .prepare('UPDATE OR REPLACE _ingest_readings SET file_id = ? WHERE file_id = ?')
      .run(heir.fileId, from.fileId);
  }
}
