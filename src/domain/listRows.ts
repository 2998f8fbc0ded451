import { CellBlock } from './cellBlock.js';
import type { CellBytes } from './cellBytes.js';

const firstRows = 1024;

/**
 * The rows of the lists in a block's records: their cells in a block for each child table, over the same bytes, and the
 * order in which they belong to the records: a row comes before those that lie in it. Filled again and again, after the
 * block of the records.
 */
export class ListRows {
  /** By the number of the child table. */
  readonly tables: CellBlock[] = [];
  /** Rows of all tables. */
  count = 0;
  /** Of each row: the number of its table. */
  table = new Int32Array(firstRows);
  /** Its place in the block of its table. */
  place = new Int32Array(firstRows);
  /** The row it lies in; -1: it lies in the record itself. */
  parent = new Int32Array(firstRows);
  /** Its place in its list, from 0. */
  index = new Int32Array(firstRows);
  #ends = new Int32Array(firstRows);

  constructor(readonly store: CellBytes) {}

  /** Empties it for tables of as many cells a row. */
  begin(widths: readonly number[]): void {
    this.count = 0;
    for (const [number, width] of widths.entries()) {
      this.tables[number] ??= new CellBlock(this.store);
      this.tables[number].begin(width);
    }
  }

  /** Adds a row, which is the last of its table's block. */
  add(table: number, parent: number, index: number): number {
    const row = this.count;
    if (row === this.table.length) this.#grow();
    this.table[row] = table;
    this.place[row] = (this.tables[table]?.records ?? 0) - 1;
    this.parent[row] = parent;
    this.index[row] = index;
    this.count += 1;
    return row;
  }

  /** Says that all rows of a record are there. */
  close(record: number): void {
    if (record >= this.#ends.length) this.#ends = grown(this.#ends, record);
    this.#ends[record] = this.count;
  }

  /** The first row of a record, and that behind its last. */
  first(record: number): number {
    return record === 0 ? 0 : (this.#ends[record - 1] ?? 0);
  }

  end(record: number): number {
    return this.#ends[record] ?? 0;
  }

  /**
   * Brings the last rows, which are runs that begin at `starts`, into the order of their `ranks`. No row lies in one of
   * another run.
   */
  reorder(starts: readonly number[], ranks: readonly number[]): void {
    const from = starts[0] ?? this.count;
    const runs = starts.map((start, i) => ({ start, end: starts[i + 1] ?? this.count, rank: ranks[i] ?? 0 }));
    runs.sort((a, b) => a.rank - b.rank);
    const [table, place, parent, index] = [this.table, this.place, this.parent, this.index].map((of) =>
      of.slice(from, this.count),
    );
    let to = from;
    for (const { start, end } of runs) {
      const moved = to - start;
      for (let row = start; row < end; row += 1, to += 1) {
        const lies = parent?.[row - from] ?? -1;
        this.table[to] = table?.[row - from] ?? 0;
        this.place[to] = place?.[row - from] ?? 0;
        this.parent[to] = lies < start ? lies : lies + moved;
        this.index[to] = index?.[row - from] ?? 0;
      }
    }
  }

  /** Takes back the rows from this one on. */
  cut(count: number): void {
    for (let row = count; row < this.count; row += 1) {
      const table = this.tables[this.table[row] ?? 0];
      if (table) table.records -= 1;
    }
    this.count = count;
  }

  #grow(): void {
    this.table = grown(this.table, this.count);
    this.place = grown(this.place, this.count);
    this.parent = grown(this.parent, this.count);
    this.index = grown(this.index, this.count);
  }
}

/** A longer one, with room for `place`. */
function grown(from: Int32Array, place: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(2 * place + 2);
  to.set(from);
  return to;
}
