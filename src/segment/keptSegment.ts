import Database, { type Statement } from 'better-sqlite3';
import {
  identitiesTable,
  listingRange,
  preambleTable,
  rejectsTable,
  rowsTable,
  type Shape,
  type Stretch,
} from '../domain/segment.js';
import { type KeptFile, keptFile, type Manner, type SegmentReject } from './kept.js';
import { filesTable, mannersTable } from './keptFiles.js';
import type { NewTable } from './newFile.js';

/** What is added to the numbers of records and of rows of child tables. */
export interface Offsets {
  readonly n: number;
  readonly m: number;
}

/** A finished segment that another one takes files from. Throws what SQLite throws. */
export class KeptSegment {
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Statement>();
  readonly #manners = new Map<number, Manner>();

  constructor(path: string) {
    this.#db = new Database(path, { readonly: true, fileMustExist: true });
  }

  /** A file by its number and key; undefined when it is another. */
  describe(file: number, key: string): KeptFile | undefined {
    const found = this.#statement(`SELECT manner, counts FROM ${filesTable} WHERE file = ? AND key = ?`).get(
      file,
      key,
    ) as [number, string] | undefined;
    return found && keptFile(file, this.#manner(found[0]), found[1]);
  }

  #manner(number: number): Manner {
    const known = this.#manners.get(number);
    if (known) return known;
    const found = this.#statement(`SELECT description FROM ${mannersTable} WHERE manner = ?`).get(number);
    const manner = JSON.parse((found as [string])[0]) as Manner;
    this.#manners.set(number, manner);
    return manner;
  }

  /** Appends a stretch's rows of one shape. */
  copyRows(stretch: Stretch, number: number, shape: Shape, to: NewTable, { n, m }: Offsets): void {
    const isRecords = shape.list === null;
    const [counter, first, count] = isRecords
      ? ['n', stretch.firstN, stretch.stored]
      : ['m', stretch.firstM, stretch.childRows];
    const rows = this.#statement(
      `SELECT * FROM ${rowsTable(number)} WHERE ${counter} BETWEEN ? AND ? ORDER BY ${counter}`,
    ).iterate(first, first + count - 1) as IterableIterator<Row>;
    for (const row of rows) {
      if (isRecords) to.append(row[0] + n, [null, ...row.slice(1)]);
      else {
        const [own, line, record, parent, place] = row as unknown as [
          number,
          number,
          number,
          number | null,
          number,
        ];
        const values = [null, line, record + n, parent === null ? null : parent + m, place];
        to.append(own + m, [...values, ...row.slice(5)]);
      }
    }
  }

  /** Hands over the identities of a stretch's records, some at a time. */
  copyIdentities({ firstN, stored }: Stretch, take: (identities: Buffer) => void): void {
    const blocks = this.#statement(
      `SELECT identities FROM ${identitiesTable} WHERE first_n >= ? AND first_n < ? ORDER BY first_n`,
    ).iterate(firstN, firstN + stored) as IterableIterator<[Buffer]>;
    for (const [identities] of blocks) take(identities);
  }

  rejects(file: number): SegmentReject[] {
    const rows = this.#statement(
      `SELECT line, byte_offset, column_name, code, message, raw FROM ${rejectsTable} WHERE id BETWEEN @first AND @last ORDER BY id`,
    ).all(listingRange(file)) as [number | null, number | null, string | null, string, string, string][];
    return rows.map(([line, byteOffset, column, code, message, raw]) => ({
      line,
      byteOffset,
      column,
      code,
      message,
      raw,
    }));
  }

  preamble(file: number): [key: string, value: string][] {
    return this.#statement(
      `SELECT key, value FROM ${preambleTable} WHERE id BETWEEN @first AND @last ORDER BY id`,
    ).all(listingRange(file)) as [string, string][];
  }

  close(): void {
    this.#db.close();
  }

  /** Rows come as arrays. */
  #statement(sql: string): Statement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const prepared = this.#db.prepare(sql).raw();
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

/** A row of records: `n`, `line`, `identity`, then the cells. */
type Row = readonly [n: number, line: number, identity: Buffer | null, ...cells: (string | null)[]];

/** Segments that are open at the same time. */
const openSegments = 8;

/** The segments that one is filled from, by path. */
export class KeptSegments {
  readonly #open = new Map<string, KeptSegment>();

  open(path: string): KeptSegment {
    const known = this.#open.get(path);
    if (known) return known;
    if (this.#open.size === openSegments) this.close();
    const opened = new KeptSegment(path);
    this.#open.set(path, opened);
    return opened;
  }

  close(): void {
    for (const segment of this.#open.values()) segment.close();
    this.#open.clear();
  }
}
