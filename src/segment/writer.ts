import { isAlike } from '../domain/alike.js';
import type { CellBlock } from '../domain/cellBlock.js';
import {
  identitiesPerBlock,
  identitiesTable,
  identityBytes,
  noShape,
  preambleTable,
  rejectsTable,
  rowsTable,
  type SegmentFile,
  type Shape,
  type Stretch,
} from '../domain/segment.js';
import type { Dedupe } from '../domain/settings.js';
import { ChildWriter } from './childWriter.js';
import { type IdentityOf, keyIdentity, rowIdentity } from './identity.js';
import type { KeptFile, SegmentReject } from './kept.js';
import { KeptFiles } from './keptFiles.js';
import { type KeptSegment, KeptSegments } from './keptSegment.js';
import { Listing } from './listing.js';
import type { NewFile, NewTable } from './newFile.js';
import type { OpenSegment, SegmentPages } from './openSegment.js';

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

/** Writers of one shape that are kept: preambles may tell the records of each file apart. */
const mostWriters = 16;

interface RowTable {
  readonly shape: number;
  readonly rows: NewTable;
  /** Writers of its records, and how these are told apart. */
  readonly writers: { readonly identity: IdentitySettings; readonly writer: ShapeWriter }[];
}

/**
 * Writes records of one or many files into a segment. Files come one after the other: the records of one have
 * consecutive `n`. Throws SegmentFailure when the segment cannot be written.
 */
export class SegmentWriter {
  readonly shapes: Shape[] = [];
  readonly #file: NewFile;
  readonly #tables = new Map<string, RowTable>();
  readonly #rejects: Listing;
  readonly #preambles: Listing;
  readonly #identities: NewTable;
  readonly #files: KeptFiles;
  /** Identities of the last records, not yet written. */
  readonly #block = Buffer.alloc(identitiesPerBlock * identityBytes);
  #inBlock = 0;
  readonly #kept = new KeptSegments();
  /** The number of the next file. */
  #nextFile = 0;
  /** The `n` of the next record. */
  nextN = 0;
  /** The `m` of the next row of a child table. */
  nextM = 0;
  /** The least number behind those that other writers gave. */
  #behindOthers = 0;

  constructor(file: NewFile) {
    this.#file = file;
    this.#rejects = new Listing(
      file.table(
        rejectsTable,
        'id INTEGER PRIMARY KEY, file INTEGER, line INTEGER, byte_offset INTEGER, column_name TEXT, code TEXT, message TEXT, raw TEXT',
      ),
    );
    this.#preambles = new Listing(
      file.table(preambleTable, 'id INTEGER PRIMARY KEY, file INTEGER, key TEXT, value TEXT'),
    );
    this.#identities = file.table(identitiesTable, 'first_n INTEGER PRIMARY KEY, identities BLOB');
    this.#files = new KeptFiles(file);
  }

  /** The row table of a shape and the function that writes a record of it. */
  shape(columns: readonly string[], decimalComma: boolean, identity: IdentitySettings): ShapeWriter {
    const table = this.#table({ columns, decimalComma, list: null });
    const known = table.writers.find((one) => isAlike(one.identity, identity));
    if (known) return known.writer;
    const writer = new ShapeWriter(this, table.shape, table.rows, columns, identity);
    if (table.writers.length >= mostWriters) table.writers.length = 0;
    table.writers.push({ identity, writer });
    return writer;
  }

  /** The row table of a shape of a child table and the function that writes a row of it. */
  childShape(columns: readonly string[], path: readonly string[]): ChildWriter {
    const table = this.#table({ columns, decimalComma: false, list: JSON.stringify(path) });
    return new ChildWriter(this, table.shape, table.rows);
  }

  reject(file: number, reject: SegmentReject): void {
    const { line, byteOffset, column, code, message, raw } = reject;
    this.#rejects.add(file, line, byteOffset, column, code, message, raw);
  }

  preamble(file: number, key: string, value: string): void {
    this.#preambles.add(file, key, value);
  }

  /** Begins with the records of another file; returns its number. What was written of one that failed stays unused. */
  beginFile(): number {
    this.#writeBlock();
    // Of one that failed while others helped there may be records behind those that were written here.
    this.nextN = Math.max(this.nextN, this.#behindOthers);
    this.nextM = Math.max(this.nextM, this.#behindOthers);
    this.#nextFile += 1;
    return this.#nextFile - 1;
  }

  /** Goes on with a file behind records that others write: at this `n` and `m`, and this place among its rejects. */
  goTo(file: number, next: number, reject: number): void {
    this.#writeBlock();
    this.nextN = next;
    this.nextM = next;
    this.#rejects.goTo(file, reject);
  }

  get open(): OpenSegment {
    return this.#file.open;
  }

  /** All that was written since the last call, for the writer that began the segment. */
  takePages(): SegmentPages {
    this.#writeBlock();
    const rows = [...this.#tables.values()].map((table) => ({
      shape: this.shapes[table.shape] ?? noShape,
      leaves: table.rows.takeLeaves(),
    }));
    const pages = {
      rows: rows.filter(({ leaves }) => leaves.length > 0),
      identities: this.#identities.takeLeaves(),
      rejects: this.#rejects.table.takeLeaves(),
    };
    this.#file.flush();
    return pages;
  }

  /** Takes over what another writer has added behind all that is here. */
  adopt({ rows, identities, rejects }: SegmentPages): void {
    this.#writeBlock();
    for (const { shape, leaves } of rows) {
      this.#table(shape).rows.adoptLeaves(leaves);
      this.#behindOthers = Math.max(this.#behindOthers, (leaves.at(-1)?.lastRowid ?? -1) + 1);
    }
    this.#identities.adoptLeaves(identities);
    this.#rejects.table.adoptLeaves(rejects);
  }

  /** The number of a shape. */
  shapeNumber(shape: Shape): number {
    return this.#table(shape).shape;
  }

  /** Writes a record's identity, just before the record itself. */
  identity(identity: Buffer): void {
    if (this.#inBlock === identitiesPerBlock) this.#writeBlock();
    this.#block.set(identity, this.#inBlock * identityBytes);
    this.#inBlock += 1;
  }

  /** Says of a file, once all is written, what is needed to use its records another time. */
  describe(key: string, kept: Omit<KeptFile, 'shapes'>): void {
    const { part } = kept;
    const used = [...part.shapes, ...part.children.flatMap(({ shapes }) => shapes)];
    const shapes = Object.fromEntries(used.map((number) => [number, this.shapes[number] ?? noShape]));
    this.#files.add(key, { shapes, ...kept });
  }

  /**
   * Takes a file over from another segment, where it has the number `file` and the key `key`; returns its description
   * with its part in this one, or null when it is not there. Throws what SQLite throws for a segment that is damaged.
   */
  takeOver(path: string, file: number, key: string): KeptFile | null {
    const source = this.#kept.open(path);
    const kept = source.describe(file, key);
    if (!kept) return null;
    const part = this.#copy(source, kept);
    return { ...kept, part };
  }

  /** Makes the segment whole; nothing can be written after. */
  close(): void {
    this.#writeBlock();
    this.#kept.close();
    this.#file.close();
  }

  /** Gives up a segment that will not be finished. */
  abandon(): void {
    this.#kept.close();
    this.#file.abandon();
  }

  #copy(source: KeptSegment, { part, shapes }: KeptFile): SegmentFile {
    const file = this.beginFile();
    const { stored, childRows } = part;
    const whole = { firstN: this.nextN, stored, firstM: this.nextM, childRows };
    for (const stretch of part.stretches) this.#copyStretch(source, stretch, shapes);
    for (const reject of source.rejects(part.file)) this.reject(file, reject);
    for (const [key, value] of source.preamble(part.file)) this.preamble(file, key, value);
    const renumbered = (all: readonly number[]) =>
      all.map((number) => this.#table(shapes[number] ?? noShape).shape);
    const children = part.children.map((child) => ({ ...child, shapes: renumbered(child.shapes) }));
    return { ...part, file, stretches: [whole], shapes: renumbered(part.shapes), children };
  }

  #copyStretch(source: KeptSegment, stretch: Stretch, shapes: KeptFile['shapes']): void {
    const to = { n: this.nextN - stretch.firstN, m: this.nextM - stretch.firstM };
    for (const [number, shape] of Object.entries(shapes))
      source.copyRows(stretch, Number(number), shape, this.#table(shape).rows, to);
    const end = this.nextN + stretch.stored;
    source.copyIdentities(stretch, (identities) => {
      for (let i = 0; i < identities.length; i += identityBytes) {
        this.identity(identities.subarray(i, i + identityBytes));
        this.nextN += 1;
      }
    });
    this.nextN = end;
    this.nextM += stretch.childRows;
  }

  #writeBlock(): void {
    if (this.#inBlock === 0) return;
    const identities = this.#block.subarray(0, this.#inBlock * identityBytes);
    this.#identities.append(this.nextN - this.#inBlock, [null, identities]);
    this.#inBlock = 0;
  }

  #table(shape: Shape): RowTable {
    // No name has a NUL.
    const key = [shape.decimalComma, shape.list, ...shape.columns].join('\0');
    const known = this.#tables.get(key);
    if (known) return known;
    const number = this.shapes.length;
    const own = shape.list === null ? recordColumns : childColumns;
    const columns = [...own, ...shape.columns.map((_, index) => `c${index}`)];
    const rows = this.#file.table(rowsTable(number), columns.join(', '));
    const table = { shape: number, rows, writers: [] };
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
    readonly rows: NewTable,
    columns: readonly string[],
    { dedupe, key, context }: IdentitySettings,
  ) {
    this.#byKey = dedupe === 'key';
    // Records that are all stored have identities too: kept ones may be told apart another time.
    this.#identityOf = this.#byKey ? keyIdentity(columns, key) : rowIdentity(columns, context);
  }

  /**
   * Writes a record of a block, a cell for each column; false (and nothing is written) when its key columns are all empty.
   * `children` is what its child rows say.
   */
  write(cells: CellBlock, record: number, children: Uint8Array | null = null): boolean {
    const { segment } = this;
    const identity = this.#identityOf(cells, record, children);
    if (identity === null) return false;
    if (!this.#byKey) segment.identity(identity);
    const line = cells.lines[record] ?? 0;
    this.rows.appendCells(segment.nextN, [null, line, this.#byKey ? identity : null], cells, record);
    segment.nextN += 1;
    return true;
  }
}
