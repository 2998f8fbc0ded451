import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';
import {
  FormerRecords,
  LookupInsertion,
  type LookupPage,
  recordBytes,
  recordsPerPage,
} from './lookupInsertion.js';
import { quoted } from './sql.js';

/**
 * `_ingest_row_lookup_<table>`: the record ids of a table's older rows in the order of the prefixes of their
 * identities, many to a row, which are found by their place in that order. Some may be of rows that are gone or have
 * another identity by now.
 */
export class IdentityLookup {
  readonly #one: Statement;
  readonly #page: Statement;
  readonly #pages: Statement;
  readonly #append: Statement;
  readonly #save: Statement;

  constructor(
    readonly db: Connection,
    readonly table: string,
  ) {
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#name} (page INTEGER PRIMARY KEY, records BLOB NOT NULL) STRICT`,
    );
    this.#one = db
      .prepare(`SELECT substr(records, ?, ${recordBytes}) FROM ${this.#name} WHERE page = ?`)
      .pluck();
    this.#page = db.prepare(`SELECT records FROM ${this.#name} WHERE page = ?`).pluck();
    this.#pages = db.prepare(
      `SELECT page, records FROM ${this.#name} WHERE page BETWEEN ? AND ? ORDER BY page`,
    );
    this.#append = db.prepare(
      `INSERT INTO ${this.#name} VALUES (?, zeroblob(${recordsPerPage * recordBytes}))`,
    );
    this.#save = db.prepare(`UPDATE ${this.#name} SET records = @records WHERE page = @page`);
  }

  get #name(): string {
    return quoted(lookupTable(this.table));
  }

  /** The record id at a place, counted from 0. */
  at(place: number): number {
    const page = Math.floor(place / recordsPerPage);
    const record = this.#one.get((place % recordsPerPage) * recordBytes + 1, page) as Buffer;
    return record.readUIntLE(0, recordBytes);
  }

  /** The record ids at places in ascending order. */
  allAt(places: Float64Array): Float64Array {
    let page = -1;
    let records: Buffer = Buffer.alloc(0);
    return places.map((place) => {
      const own = Math.floor(place / recordsPerPage);
      if (own !== page) records = this.#page.get(own) as Buffer;
      page = own;
      return records.readUIntLE((place % recordsPerPage) * recordBytes, recordBytes);
    });
  }

  /** Begins to insert so many records among the `count` that there are. */
  insertion(more: number, count: number): LookupInsertion {
    // Rows that are appended in order fill the pages of the database; the insertion itself goes from the last to the first.
    const pages = Math.ceil((count + more) / recordsPerPage);
    for (let page = Math.ceil(count / recordsPerPage); page < pages; page += 1) this.#append.run(page);
    const read = (first: number, last: number) => this.#pages.all(first, last) as LookupPage[];
    const save = (page: number, records: Buffer) => void this.#save.run({ page, records });
    return new LookupInsertion({ former: new FormerRecords(read), save, more, count });
  }

  clear(): void {
    this.db.exec(`DELETE FROM ${this.#name}`);
  }
}

/** The name of the lookup table of a data table. */
export function lookupTable(table: string): string {
  return `_ingest_row_lookup_${table}`;
}
