import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';
import { quoted } from './sql.js';

/**
 * `_ingest_row_lookup_<table>`: record ids by the first 48 bits of their identity. Some may be of rows that are gone or
 * have another identity by now.
 */
export class IdentityLookup {
  readonly #select: Statement;
  readonly #insert: Statement;

  constructor(
    readonly db: Connection,
    readonly table: string,
  ) {
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#name} (
         prefix INTEGER, record_id INTEGER, PRIMARY KEY (prefix, record_id)
       ) STRICT, WITHOUT ROWID`,
    );
    this.#select = db.prepare(`SELECT record_id FROM ${this.#name} WHERE prefix = ?`).pluck();
    this.#insert = db.prepare(`INSERT OR IGNORE INTO ${this.#name} VALUES (?, ?)`);
  }

  get #name(): string {
    return quoted(lookupTable(this.table));
  }

  add(prefix: number, record: number): void {
    this.#insert.run(prefix, record);
  }

  find(prefix: number): number[] {
    return this.#select.all(prefix) as number[];
  }

  clear(): void {
    this.db.exec(`DELETE FROM ${this.#name}`);
  }
}

/** The name of the lookup table of a data table. */
export function lookupTable(table: string): string {
  return `_ingest_row_lookup_${table}`;
}
