import type { CellBlock } from '../domain/cellBlock.js';
import type { NewTable } from './newFile.js';

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

/** Where the rows of child tables are counted. */
interface Counted {
  /** The `m` of the next row. */
  nextM: number;
}

/** Writes the rows of one shape of a child table. */
export class ChildWriter {
  constructor(
    readonly segment: Counted,
    readonly shape: number,
    readonly rows: NewTable,
  ) {}

  /** Writes a record of a block as a row, a cell for each column. */
  write(cells: CellBlock, row: number, { line, record, parent, place }: ChildPlace): void {
    this.rows.appendCells(this.segment.nextM, [null, line, record, parent, place], cells, row);
    this.segment.nextM += 1;
  }
}
