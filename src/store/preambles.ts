import type { Statement } from 'better-sqlite3';
import { listingRange, preambleTable } from '../domain/segment.js';
import type { Connection } from './database.js';
import type { SegmentSchema } from './segments.js';

/** `_ingest_preamble`: what stands above the records of a file. */
export class Preambles {
  readonly #db: Connection;
  readonly #remove: Statement;
  readonly #passOn: Statement;
  readonly #take = new Map<SegmentSchema, Statement>();

  constructor(db: Connection) {
    this.#db = db;
    this.#remove = db.prepare('DELETE FROM _ingest_preamble WHERE file_id = ?');
    this.#passOn = db.prepare('UPDATE _ingest_preamble SET file_id = ? WHERE file_id = ?');
  }

  /** Copies the preamble of a segment's file. */
  take(from: { schema: SegmentSchema; file: number }, fileId: number): void {
    this.#taking(from.schema).run({ fileId, ...listingRange(from.file) });
  }

  /** Prepared once: it runs for every file. */
  #taking(schema: SegmentSchema): Statement {
    const known = this.#take.get(schema);
    if (known) return known;
    const take = this.#db.prepare(
      `INSERT INTO _ingest_preamble (file_id, key, value)
       SELECT @fileId, key, value FROM ${schema}.${preambleTable}
       WHERE id BETWEEN @first AND @last ORDER BY id`,
    );
    this.#take.set(schema, take);
    return take;
  }

  remove(fileId: number): void {
    this.#remove.run(fileId);
  }

  /** Makes the preamble of a file that of another with the same content. */
  passOn(fileId: number, heir: number): void {
    this.#passOn.run(heir, fileId);
  }
}
