import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { FileTable } from './fileTable.js';
import { making, type NewFile } from './newFile.js';
import type { OpenSegment } from './openSegment.js';
import { type PageSink, pageBytes } from './pages.js';

/** Pages that are written at once. */
const pagesAtOnce = 64;

const headerBytes = 100;
/** SQLite locks bytes from 1 GiB on and never uses the page they lie in: one that is found there is damage to it. */
const lockPage = 2 ** 30 / pageBytes + 1;
/** The version of SQLite that a file says it was written by; any that knows schema format 4. */
const sqliteVersion = 3_045_000;

/**
 * Writes a new SQLite file by the published file format: tables to which rows are appended in the order of their rowids.
 * Many times as fast as binding each value to a statement. Other threads can write pages of it, too: they take their
 * numbers from one counter, and the one who began the file makes it whole.
 */
export class SqliteFile implements NewFile, PageSink {
  readonly #file: number;
  readonly #tables: FileTable[] = [];
  readonly #waiting = Buffer.allocUnsafe(pagesAtOnce * pageBytes);
  /** The numbers of the pages that wait to be written, ascending. */
  readonly #numbers: number[] = [];
  /** Pages that have a number; the first is written last. */
  readonly #pages: Int32Array;

  /** `pages`: the counter of a file that another thread has begun. */
  constructor(
    readonly path: string,
    pages: SharedArrayBuffer | null = null,
  ) {
    this.#pages = new Int32Array(pages ?? new SharedArrayBuffer(4));
    if (pages === null) this.#pages[0] = 1;
    this.#file = making(() => openSync(path, pages === null ? 'w+' : 'r+'));
  }

  get open(): OpenSegment {
    return { path: this.path, pages: this.#pages.buffer as SharedArrayBuffer };
  }

  table(name: string, columns: string): FileTable {
    const table = new FileTable(this, name, `CREATE TABLE ${name} (${columns})`);
    this.#tables.push(table);
    return table;
  }

  takePage(page: Uint8Array): number {
    const number = this.#nextNumber();
    this.#waiting.set(page, this.#numbers.length * pageBytes);
    this.#numbers.push(number);
    if (this.#numbers.length === pagesAtOnce) this.flush();
    return number;
  }

  #nextNumber(): number {
    const number = Atomics.add(this.#pages, 0, 1) + 1;
    return number === lockPage ? this.#nextNumber() : number;
  }

  close(): void {
    const schema = new FileTable(this, 'sqlite_schema', '');
    for (const [i, table] of this.#tables.entries()) {
      schema.append(i + 1, ['table', table.name, table.name, table.finish(), table.sql]);
    }
    const first = schema.finishAsFirstPage(headerBytes);
    const pages = Atomics.load(this.#pages, 0);
    writeHeader(first, pages);
    this.flush();
    making(() => writeSync(this.#file, first, 0, pageBytes, 0));
    // The last pages may have been taken for what was given up.
    making(() => ftruncateSync(this.#file, pages * pageBytes));
    making(() => closeSync(this.#file));
  }

  abandon(): void {
    try {
      closeSync(this.#file);
    } catch {
      // Nobody is going to read it.
    }
  }

  /** Writes what waits, each run of pages that follow one another at once. */
  flush(): void {
    const numbers = this.#numbers;
    for (let from = 0; from < numbers.length; ) {
      const first = numbers[from] ?? 0;
      let end = from + 1;
      while (numbers[end] === first + end - from) end += 1;
      this.#write(from * pageBytes, end * pageBytes, (first - 1) * pageBytes);
      from = end;
    }
    numbers.length = 0;
  }

  #write(start: number, end: number, position: number): void {
    for (let at = start; at < end; ) {
      const from = at;
      at += making(() => writeSync(this.#file, this.#waiting, from, end - from, position + from - start));
    }
  }
}

function writeHeader(page: Buffer, pages: number): void {
  page.write('SQLite format 3\0', 0, 'latin1');
  page.writeUInt16BE(pageBytes, 16);
  // Rollback journal for reading and writing, no reserved bytes, and three fixed values.
  page.set([1, 1, 0, 64, 32, 32], 18);
  page.writeUInt32BE(1, 24);
  page.writeUInt32BE(pages, 28);
  page.writeUInt32BE(1, 40);
  page.writeUInt32BE(4, 44);
  // Text is UTF-8.
  page.writeUInt32BE(1, 56);
  page.writeUInt32BE(1, 92);
  page.writeUInt32BE(sqliteVersion, 96);
}
