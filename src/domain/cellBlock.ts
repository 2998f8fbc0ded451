import { CellBytes } from './cellBytes.js';

const firstCells = 1024;

/**
 * Cells of records as UTF-8, as they stand in a file or as text was encoded: the cell in column `c` of record `r` has the
 * place `i = r * width + c` and stands in `bytes` from `starts[i]` to before `ends[i]`; a start of -1 says that there is
 * no value. Filled again and again; what it held is then gone.
 */
export class CellBlock {
  starts = new Int32Array(firstCells);
  ends = new Int32Array(firstCells);
  /** The 1-based line on which each record starts. */
  lines = new Float64Array(firstCells);
  /** The line behind the last record. */
  lineBehind = 1;
  width = 0;
  records = 0;

  constructor(readonly store: CellBytes = new CellBytes()) {}

  get bytes(): Buffer {
    return this.store.bytes;
  }

  /** Over `bytes`. */
  get view(): DataView {
    return this.store.view;
  }

  /** Empties it, and what it stands in, for records of `width` cells. */
  begin(width: number): void {
    this.width = width;
    this.records = 0;
    this.store.length = 0;
  }

  /** Takes a copy of bytes, in which cells may then be placed; returns where it begins. */
  load(bytes: Uint8Array): number {
    return this.store.load(bytes);
  }

  /** Makes room for the places of so many cells and records. */
  allow(cells: number, records: number): void {
    if (cells > this.starts.length) {
      this.starts = grown(this.starts, new Int32Array(2 * cells));
      this.ends = grown(this.ends, new Int32Array(2 * cells));
    }
    if (records > this.lines.length) this.lines = grown(this.lines, new Float64Array(2 * records));
  }

  /** Adds a record in which nothing stands yet; returns the place of its first cell. */
  open(line: number): number {
    const first = this.records * this.width;
    this.allow(first + this.width, this.records + 1);
    for (let place = first; place < first + this.width; place += 1) this.starts[place] = -1;
    this.lines[this.records] = line;
    this.records += 1;
    return first;
  }

  /** Adds a record from its cells; those that are missing are empty. */
  add(cells: readonly (string | null)[], line: number): void {
    const first = this.open(line);
    for (let column = 0; column < this.width; column += 1)
      this.#encode(cells[column] ?? null, first + column);
  }

  /** Gives the first cells of all records, whose places were left free, one value each. */
  lead(cells: readonly (string | null)[]): void {
    const from = this.records * this.width;
    this.allow(from + cells.length, this.records);
    for (const [index, cell] of cells.entries()) {
      this.#encode(cell, from + index);
      const [start, end] = [this.starts[from + index] ?? 0, this.ends[from + index] ?? 0];
      for (let place = index; place < from; place += this.width) {
        this.starts[place] = start;
        this.ends[place] = end;
      }
    }
  }

  /** The text of the cell at a place. */
  text(place: number): string | null {
    const start = this.starts[place] ?? -1;
    return start < 0 ? null : this.bytes.toString('utf8', start, this.ends[place]);
  }

  /** The texts of a record's cells but for the first `from`. */
  record(record: number, from = 0): (string | null)[] {
    const first = record * this.width;
    return Array.from({ length: this.width - from }, (_, column) => this.text(first + from + column));
  }

  #encode(cell: string | null, place: number): void {
    this.starts[place] = cell === null ? -1 : this.store.encode(cell);
    this.ends[place] = this.store.length;
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
