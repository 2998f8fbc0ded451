import Database, { type Statement } from 'better-sqlite3';
import {
  identitiesPerBlock,
  identitiesTable,
  identityBytes,
  preambleTable,
  rejectsTable,
  rowsTable,
  type Shape,
} from '../domain/segment.js';
import type { Dedupe } from '../domain/settings.js';
import { type IdentityOf, keyIdentity, rowIdentity } from './identity.js';
import { filesTable, type KeptFile, KeptSegment } from './kept.js';

/** A record that cannot be stored, as its reader found it. */
export interface SegmentReject {
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/** How the records of a file are told apart. */
export interface IdentitySettings {
  readonly dedupe: Dedupe;
  readonly key: readonly string[];
  /** What else is part of every row's identity: the preamble of its file, as one text. */
  readonly context: string;
}

const recordColumns = ['n INTEGER PRIMARY KEY', 'line INTEGER', 'identity BLOB'];
const childColumns = [
  'm INTEGER PRIMARY KEY',
  'line INTEGER',
  'record INTEGER',
  'parent INTEGER',
  'place INTEGER',
];

const maxAttached = 8;

interface RowTable {
  readonly shape: number;
  readonly insert: Statement;
}

/**
 * Writes records of one or many files into a segment by prepared binds. Files come one after the other: the records
 * between two calls of `dropAfter` or the end have consecutive `n`.
 */
export class SegmentWriter {
  readonly shapes: Shape[] = [];
  readonly #db: Database.Database;
  readonly #tables = new Map<string, RowTable>();
  readonly #insertReject: Statement;
  readonly #insertPreamble: Statement;
  readonly #insertIdentities: Statement;
  /** Identities of the last records, not yet written. */
  readonly #block = Buffer.alloc(identitiesPerBlock * identityBytes);
  #inBlock = 0;
  /** The other segments that are attached, by path. */
  readonly #attached = new Map<string, KeptSegment>();
  /** The `n` of the next record. */
  nextN = 0;
  /** The `m` of the next row of a child table. */
  nextM = 0;

  constructor(readonly path: string) {
    this.#db = new Database(path);
    // A segment that is not finished is worth nothing, so it needs neither journal nor sync.
    this.#db.pragma('journal_mode = OFF');
    this.#db.pragma('synchronous = OFF');
    this.#db.pragma('locking_mode = EXCLUSIVE');
    this.#db.pragma('cache_size = -8192');
    this.#db.exec(
      `BEGIN;
       CREATE TABLE ${rejectsTable} (
         file INTEGER, line INTEGER, byte_offset INTEGER, column_name TEXT, code TEXT, message TEXT, raw TEXT
       );
       CREATE TABLE ${preambleTable} (file INTEGER, key TEXT, value TEXT);
       CREATE TABLE ${identitiesTable} (first_n INTEGER PRIMARY KEY, identities BLOB);
       CREATE TABLE ${filesTable} (file INTEGER PRIMARY KEY, key TEXT, description TEXT)`,
    );
    this.#insertReject = this.#db.prepare(`INSERT INTO ${rejectsTable} VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#insertPreamble = this.#db.prepare(`INSERT INTO ${preambleTable} VALUES (?, ?, ?)`);
    this.#insertIdentities = this.#db.prepare(`INSERT INTO ${identitiesTable} VALUES (?, ?)`);
  }

  /** The row table of a shape and the function that writes a record of it. */
  shape(columns: readonly string[], decimalComma: boolean, identity: IdentitySettings): ShapeWriter {
    const table = this.#table({ columns, decimalComma, list: null });
    return new ShapeWriter(this, table.shape, table.insert, columns, identity);
  }

  /** The row table of a shape of a child table and the function that writes a row of it. */
  childShape(columns: readonly string[], path: readonly string[]): ChildWriter {
    const table = this.#table({ columns, decimalComma: false, list: JSON.stringify(path) });
    return new ChildWriter(this, table.shape, table.insert);
  }

  reject(file: number, reject: SegmentReject): void {
    const { line, byteOffset, column, code, message, raw } = reject;
    this.#insertReject.run(file, line, byteOffset, column, code, message, raw);
  }

  preamble(file: number, key: string, value: string): void {
    this.#insertPreamble.run(file, key, value);
  }

  /** Begins with the records of another file; returns the `n` of the first. */
  beginFile(): number {
    this.#writeBlock();
    return this.nextN;
  }

  /** Writes a record's identity, just before the record itself. */
  identity(identity: Buffer): void {
    if (this.#inBlock === identitiesPerBlock) this.#writeBlock();
    this.#block.set(identity, this.#inBlock * identityBytes);
    this.#inBlock += 1;
  }

  /** Says of a file, once all is written, what is needed to use its records another time. */
  describe(file: number, key: string, kept: Omit<KeptFile, 'shapes'>): void {
    const used = [...kept.part.shapes, ...kept.part.children.flatMap(({ shapes }) => shapes)];
    const shapes = Object.fromEntries(used.map((number) => [number, this.shapes[number]]));
    this.#db
      .prepare(`INSERT INTO ${filesTable} VALUES (?, ?, ?)`)
      .run(file, key, JSON.stringify({ ...kept, shapes }));
  }

  /**
   * Takes a file over from another segment, where it has the number `there` and the key `key`; returns its description
   * with its part in this one, or null when it is not there.
   */
  takeOver(path: string, there: number, key: string, file: number): KeptFile | null {
    const source = this.#attach(path);
    const kept = source.described(there, key);
    if (!kept) return null;
    const firstN = this.beginFile();
    const shapeOf = (shape: Shape) => this.#table(shape).shape;
    const part = source.copy(there, kept, { file, firstN, firstM: this.nextM, shapeOf });
    this.nextN += part.stored;
    this.nextM += part.childRows;
    return { ...kept, part };
  }

  /** SQLite attaches nothing inside a transaction, and ten databases at most. */
  #attach(path: string): KeptSegment {
    const known = this.#attached.get(path);
    if (known !== undefined) return known;
    this.#db.exec('COMMIT');
    if (this.#attached.size === maxAttached) {
      for (const { schema } of this.#attached.values()) this.#db.exec(`DETACH ${schema}`);
      this.#attached.clear();
    }
    const segment = new KeptSegment(this.#db, `kept${this.#attached.size}`);
    this.#db.prepare(`ATTACH ? AS ${segment.schema}`).run(path);
    this.#db.exec('BEGIN');
    this.#attached.set(path, segment);
    return segment;
  }

  /**
   * Forgets every record from `n` on, the first of a file, every row of a child table from `m` on, and what else is of
   * the file.
   */
  dropFrom(n: number, m: number, file: number): void {
    this.#inBlock = 0;
    this.#db.prepare(`DELETE FROM ${identitiesTable} WHERE first_n >= ?`).run(n);
    for (const [shape, { list }] of this.shapes.entries()) {
      const [counter, first] = list === null ? ['n', n] : ['m', m];
      this.#db.prepare(`DELETE FROM ${rowsTable(shape)} WHERE ${counter} >= ?`).run(first);
    }
    for (const table of [rejectsTable, preambleTable])
      this.#db.prepare(`DELETE FROM ${table} WHERE file = ?`).run(file);
    this.nextN = n;
    this.nextM = m;
  }

  /** Makes the segment whole; nothing can be written after. */
  close(): void {
    this.#writeBlock();
    this.#db.exec('COMMIT');
    this.#db.close();
  }

  /** Gives up a segment that will not be finished. */
  abandon(): void {
    this.#db.close();
  }

  #writeBlock(): void {
    if (this.#inBlock === 0) return;
    const identities = this.#block.subarray(0, this.#inBlock * identityBytes);
    this.#insertIdentities.run(this.nextN - this.#inBlock, identities);
    this.#inBlock = 0;
  }

  #table(shape: Shape): RowTable {
    const key = JSON.stringify(shape);
    const known = this.#tables.get(key);
    if (known) return known;
    const number = this.shapes.length;
    const own = shape.list === null ? recordColumns : childColumns;
    const columns = [...own, ...shape.columns.map((_, index) => `c${index}`)];
    this.#db.exec(`CREATE TABLE ${rowsTable(number)} (${columns.join(', ')})`);
    const insert = this.#db.prepare(
      `INSERT INTO ${rowsTable(number)} VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const table = { shape: number, insert };
    this.shapes.push({ ...shape, columns: [...shape.columns] });
    this.#tables.set(key, table);
    return table;
  }
}

/** Writes the records of one shape. */
export class ShapeWriter {
  readonly #identityOf: IdentityOf;
  readonly #byKey: boolean;

  constructor(
    readonly segment: SegmentWriter,
    readonly shape: number,
    readonly insert: Statement,
    columns: readonly string[],
    { dedupe, key, context }: IdentitySettings,
  ) {
    this.#byKey = dedupe === 'key';
    // Records that are all stored have identities too: kept ones may be told apart another time.
    this.#identityOf = this.#byKey ? keyIdentity(columns, key) : rowIdentity(columns, context);
  }

  /**
   * Writes a record, a cell for each column; false (and nothing is written) when its key columns are all empty. `children`
   * is what its child rows say, as one text.
   */
  write(cells: readonly (string | null)[], line: number, children = ''): boolean {
    const { segment } = this;
    const identity = this.#identityOf(cells, children);
    if (identity === null) return false;
    if (!this.#byKey) segment.identity(identity);
    this.insert.run(segment.nextN, line, this.#byKey ? identity : null, ...cells);
    segment.nextN += 1;
    return true;
  }
}

/** Where a row of a child table belongs. */
export interface ChildPlace {
  readonly line: number;
  /** The `n` of its record. */
  readonly record: number;
  /** The `m` of the row it lies in; null: it lies in the record. */
  readonly parent: number | null;
  /** Its place in its list, from 0. */
  readonly place: number;
}

/** Writes the rows of one shape of a child table. */
export class ChildWriter {
  constructor(
    readonly segment: SegmentWriter,
    readonly shape: number,
    readonly insert: Statement,
  ) {}

  /** Writes a row, a cell for each column; returns its `m`. */
  write(cells: readonly (string | null)[], { line, record, parent, place }: ChildPlace): number {
    this.insert.run(this.segment.nextM, line, record, parent, place, ...cells);
    return this.segment.nextM++;
  }
}
