import type { CellBlock } from '../domain/cellBlock.js';
import { messageOf, systemCode } from '../domain/errors.js';
import type { OpenSegment } from './openSegment.js';
import type { Child } from './pages.js';

export type Value = string | number | Buffer | null;

/** A SQLite file that is being made. All of its methods throw SegmentFailure. */
export interface NewFile {
  /** What another thread must know to write pages of it, too. */
  readonly open: OpenSegment;
  /** A new table; `columns` as in CREATE TABLE. */
  table(name: string, columns: string): NewTable;
  /** Writes what waits. */
  flush(): void;
  /** Makes the file whole. */
  close(): void;
  /** Gives up a file that will not be finished. */
  abandon(): void;
}

/** A table of a new file, written row after row. */
export interface NewTable {
  /** Appends a row; rowids ascend from 0 up. `values` are those of the columns, null for one that is the rowid itself. */
  append(rowid: number, values: readonly Value[]): void;
  /** As `append`, with the cells of a block's record behind the values. */
  appendCells(rowid: number, values: readonly Value[], cells: CellBlock, record: number): void;
  /** Ends the page at hand; returns the leaves so far, which are no longer this table's. */
  takeLeaves(): Child[];
  /** Goes on behind leaves of the same file that were written elsewhere, of rowids behind all of this table's. */
  adoptLeaves(leaves: readonly Child[]): void;
}

/** The segment itself cannot be written. `code` is the system's, or SQLite's. */
export class SegmentFailure extends Error {
  readonly code: string;

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.code = systemCode(cause);
  }
}

/** Does what makes a file; throws SegmentFailure. */
export function making<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SegmentFailure(error);
  }
}
