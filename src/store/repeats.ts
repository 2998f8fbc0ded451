import type { Statement } from 'better-sqlite3';
import { IdSet } from '../domain/idSet.js';
import type { Connection } from './database.js';

/** How often the records of one file said the same so far, for those that found their identity taken. */
export class Repeats {
  readonly #shared = new IdSet();
  #count: Statement | null = null;

  /** `firstRecord`: the file's. Files are counted one after the other. */
  constructor(
    readonly db: Connection,
    readonly firstRecord: number,
  ) {}

  /** The number, from 1, of a record among the equal ones of its file; `row` is the one that has its identity. */
  next(identity: Buffer, row: number): number {
    if (row < this.firstRecord && this.#shared.add(row)) return 1;
    this.#count ??= this.#begin();
    return Number(this.#count.get(identity));
  }

  /** Counts those that are at least the second of their file: most files have none, so that nothing is made for them. */
  #begin(): Statement {
    // In a table, for a file may be nothing but repeats.
    this.db.exec(
      `CREATE TEMP TABLE IF NOT EXISTS _ingest_repeats (identity BLOB PRIMARY KEY, nth INTEGER) WITHOUT ROWID;
       DELETE FROM temp._ingest_repeats`,
    );
    return this.db
      .prepare(
        'INSERT INTO temp._ingest_repeats VALUES (?, 2) ON CONFLICT DO UPDATE SET nth = nth + 1 RETURNING nth',
      )
      .pluck();
  }
}
