import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';

/** How often the records of one file said the same so far, for those that found their identity taken. */
export class Repeats {
  readonly #shared = new RowSet();
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

/** Ids for which a page of a set has a bit. */
const idsOfPage = 2 ** 15;

/** A set of row ids, a bit for each of those that are near others. */
class RowSet {
  readonly #pages = new Map<number, Uint8Array>();

  /** Adds an id; returns false if it is there already. */
  add(id: number): boolean {
    const place = id % idsOfPage;
    const page = this.#pageOf((id - place) / idsOfPage);
    const byte = page[place >> 3] ?? 0;
    const bit = 1 << (place & 7);
    page[place >> 3] = byte | bit;
    return (byte & bit) === 0;
  }

  #pageOf(number: number): Uint8Array {
    const known = this.#pages.get(number);
    if (known) return known;
    const page = new Uint8Array(idsOfPage / 8);
    this.#pages.set(number, page);
    return page;
  }
}
