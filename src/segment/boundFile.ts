import { rmSync } from 'node:fs';
import Database, { type Statement } from 'better-sqlite3';
import type { CellBlock } from '../domain/cellBlock.js';
import { making, type NewFile, type NewTable, type Value } from './newFile.js';
import type { OpenSegment } from './openSegment.js';
import { pageBytes } from './pages.js';

/** KiB of pages that wait to be written. */
const cacheKiB = 4096;

/** A new file that SQLite itself writes, each value bound to a statement: for whoever does not trust {@link SqliteFile}. */
export class BoundFile implements NewFile {
  readonly #db: Database.Database;

  constructor(path: string) {
    this.#db = making(() => {
      rmSync(path, { force: true });
      const db = new Database(path);
      // Whatever breaks off leaves a file that nobody is going to read.
      db.pragma(`page_size = ${pageBytes}`);
      db.pragma('journal_mode = OFF');
      db.pragma('synchronous = OFF');
      db.pragma('locking_mode = EXCLUSIVE');
      db.pragma(`cache_size = -${cacheKiB}`);
      db.exec('BEGIN');
      return db;
    });
  }

  get open(): OpenSegment {
    throw new Error('a file that SQLite writes has one writer');
  }

  table(name: string, columns: string): BoundTable {
    return making(() => {
      this.#db.exec(`CREATE TABLE ${name} (${columns})`);
      return new BoundTable(this.#db, name);
    });
  }

  flush(): void {}

  close(): void {
    making(() => {
      this.#db.exec('COMMIT');
      this.#db.close();
    });
  }

  abandon(): void {
    this.#db.close();
  }
}

/** A table whose first column is its rowid. */
class BoundTable implements NewTable {
  readonly #columns: number;
  readonly #insert: Statement;
  /** With cells behind so many values. */
  readonly #withCells = new Map<number, Statement>();

  constructor(
    readonly db: Database.Database,
    readonly name: string,
  ) {
    this.#columns = db.prepare(`SELECT * FROM ${name}`).columns().length;
    this.#insert = this.#inserting(this.#columns);
  }

  append(rowid: number, values: readonly Value[]): void {
    making(() => this.#insert.run(rowid, ...values.slice(1)));
  }

  appendCells(rowid: number, values: readonly Value[], cells: CellBlock, record: number): void {
    const { bytes, starts, ends, width } = cells;
    const insert = this.#withCells.get(values.length) ?? this.#inserting(values.length);
    this.#withCells.set(values.length, insert);
    const texts: (Uint8Array | null)[] = [];
    for (let cell = record * width; cell < (record + 1) * width; cell += 1) {
      const start = starts[cell] ?? -1;
      texts.push(start < 0 ? null : bytes.subarray(start, ends[cell]));
    }
    making(() => insert.run(rowid, ...values.slice(1), ...texts));
  }

  takeLeaves(): never {
    throw new Error('what SQLite writes has no leaves to give');
  }

  adoptLeaves(): never {
    throw new Error('what SQLite writes takes no leaves of others');
  }

  /** Values behind the first so many come as the bytes of a text. */
  #inserting(values: number): Statement {
    const places = Array.from({ length: this.#columns }, (_, i) => (i < values ? '?' : 'CAST(? AS TEXT)'));
    return this.db.prepare(`INSERT INTO ${this.name} VALUES (${places.join(', ')})`);
  }
}
