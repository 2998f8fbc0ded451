import { CellBlock } from '../domain/cellBlock.js';
import type { ChildPart, Shape } from '../domain/segment.js';
import { Entangled } from '../format/entangled.js';
import type { Cell, ChildOrigin, ChildRow, ReadRecord } from '../format/record.js';
import type { ChildWriter } from '../segment/childWriter.js';
import { childText } from '../segment/identity.js';
import type { SegmentWriter } from '../segment/writer.js';
import { type PartColumns, Profiled } from './profiled.js';

/** One child table of a file on its way into a segment. */
class ChildTable {
  readonly profiled = new Profiled();
  readonly shapes = new Set<number>();
  writer: ChildWriter | null = null;
  textOf: (cells: readonly Cell[]) => string = () => '';
  readonly row = new CellBlock();

  constructor(
    readonly origin: ChildOrigin,
    readonly depth: number,
  ) {}

  /** A row, a cell for each column, as the only record of a block that is used again for the next. */
  fill(cells: readonly Cell[]): CellBlock {
    this.row.begin(this.profiled.names.length);
    this.row.add(cells, 0);
    return this.row;
  }
}

/** A part of the rows of a child table. Plain data. */
export interface ChildPiece {
  readonly path: readonly string[];
  readonly shapes: readonly Shape[];
  readonly columns: PartColumns;
}

/** Takes the child rows of one file's records into a segment. */
export class ChildRecorder {
  readonly #tables: ChildTable[] = [];

  constructor(readonly segment: SegmentWriter) {}

  columns(place: number, origin: ChildOrigin, names: readonly string[]): void {
    const depth = 1 + (this.#tables[origin.parent]?.depth ?? 0);
    this.#tables[place] ??= new ChildTable(origin, depth);
    const table = this.#table(place);
    for (const name of names.slice(table.profiled.names.length)) table.profiled.add(name);
    const columns = table.profiled.names;
    table.textOf = childText(columns, depth, origin.field);
    table.writer = this.segment.childShape(columns, origin.path);
  }

  /** The names of a child table's columns. */
  names(place: number): readonly string[] {
    return this.#table(place).profiled.names;
  }

  /** What the rows of a record say, as one text that is the same for equal ones. */
  textOf(rows: readonly ChildRow[]): string {
    let text = '';
    for (const { table, cells } of rows) text += this.#table(table).textOf(cells);
    return text;
  }

  /** Writes the rows of the record at `n`. */
  write({ line, children }: ReadRecord, n: number): void {
    const places: number[] = [];
    for (const { table: number, parent, index, cells: own } of children) {
      const table = this.#table(number);
      if (!table.writer) throw new Error('a row came before its columns');
      const cells = table.fill(own);
      const place = { line, record: n, parent: parent < 0 ? null : (places[parent] ?? null), place: index };
      places.push(table.writer.write(cells, place));
      table.shapes.add(table.writer.shape);
      table.profiled.note(cells, false);
    }
  }

  /** The file's child tables, once all is recorded. */
  parts(): ChildPart[] {
    return this.#tables.map(({ origin, shapes, profiled }) => ({
      ...origin,
      shapes: [...shapes],
      columns: profiled.columns,
    }));
  }

  /** What was recorded since the last call, for one who records all of the file. */
  take(): ChildPiece[] {
    return this.#tables.map(({ origin, shapes, profiled }) => {
      const used = shapesOf(this.segment, shapes);
      shapes.clear();
      return { path: origin.path, shapes: used, columns: profiled.take() };
    });
  }

  /** Adds what was recorded elsewhere behind the rows that are here. Throws Entangled. */
  adopt(pieces: readonly ChildPiece[]): void {
    for (const { path, shapes, columns } of pieces) {
      if (shapes.length === 0) continue;
      const table = this.#tables.find(({ origin }) => isSame(origin.path, path));
      if (!table) throw new Entangled();
      table.profiled.adopt(columns);
      for (const shape of shapes) table.shapes.add(this.segment.shapeNumber(shape));
    }
  }

  #table(place: number): ChildTable {
    const table = this.#tables[place];
    if (!table) throw new Error('a row came before its table');
    return table;
  }
}

/** The shapes of these numbers. */
export function shapesOf({ shapes }: SegmentWriter, numbers: Iterable<number>): Shape[] {
  return [...numbers].flatMap((number) => shapes[number] ?? []);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}
