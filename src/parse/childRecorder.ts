import type { ListRows } from '../domain/listRows.js';
import type { ChildPart, Shape } from '../domain/segment.js';
import { Entangled } from '../format/entangled.js';
import type { ChildOrigin, ChildRow } from '../format/record.js';
import { ChildText, type RowLabels, rowLabels } from '../segment/childText.js';
import type { ChildWriter } from '../segment/childWriter.js';
import type { SegmentWriter } from '../segment/writer.js';
import { type PartColumns, Profiled } from './profiled.js';

/** One child table of a file on its way into a segment. */
interface ChildTable {
  readonly origin: ChildOrigin;
  readonly depth: number;
  readonly profiled: Profiled;
  readonly shapes: Set<number>;
  labels: RowLabels;
  writer: ChildWriter;
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
  readonly #widths: number[] = [];
  readonly #text = new ChildText();

  constructor(readonly segment: SegmentWriter) {}

  columns(place: number, origin: ChildOrigin, names: readonly string[]): void {
    const depth = 1 + (this.#tables[origin.parent]?.depth ?? 0);
    const { profiled, shapes } = this.#tables[place] ?? { profiled: new Profiled(), shapes: new Set() };
    for (const name of names.slice(profiled.names.length)) profiled.add(name);
    const labels = rowLabels(profiled.names, depth, origin.field);
    const writer = this.segment.childShape(profiled.names, origin.path);
    this.#tables[place] = { origin, depth, profiled, shapes, labels, writer };
    this.#widths[place] = profiled.names.length;
  }

  /** The names of a child table's columns. */
  names(place: number): readonly string[] {
    return this.#table(place).profiled.names;
  }

  /** Fills `lists` with the rows of one record. */
  fill(lists: ListRows, rows: readonly ChildRow[]): void {
    lists.begin(this.#widths);
    for (const { table, parent, index, cells } of rows) {
      lists.tables[table]?.add(cells, 0);
      lists.add(table, parent, index);
    }
    lists.close(0);
  }

  /** What the rows of a record say, the same for equal ones; null where it has none. Until it is asked again. */
  said(lists: ListRows, record: number): Uint8Array | null {
    const first = lists.first(record);
    const end = lists.end(record);
    if (first === end) return null;
    const text = this.#text;
    text.clear();
    for (let row = first; row < end; row += 1) {
      const number = lists.table[row] ?? 0;
      const cells = lists.tables[number];
      if (cells) text.add(this.#table(number).labels, cells, lists.place[row] ?? 0);
    }
    return text.bytes;
  }

  /** Writes the rows of a record that starts on `line` and has the number `n`. */
  write(lists: ListRows, record: number, line: number, n: number): void {
    const first = lists.first(record);
    const end = lists.end(record);
    const firstM = this.segment.nextM;
    for (let row = first; row < end; row += 1) {
      const number = lists.table[row] ?? 0;
      const cells = lists.tables[number];
      if (!cells) continue;
      const { writer, shapes } = this.#table(number);
      const parent = lists.parent[row] ?? -1;
      const place = {
        line,
        record: n,
        parent: parent < 0 ? null : firstM + parent - first,
        place: lists.index[row] ?? 0,
      };
      writer.write(cells, lists.place[row] ?? 0, place);
      shapes.add(writer.shape);
    }
  }

  /** Notes the values in the rows of some records: from the first to before the second. */
  note(lists: ListRows, [from, to]: readonly [number, number]): void {
    if (from === to) return;
    const first = lists.tables.map(() => -1);
    const end = lists.tables.map(() => 0);
    for (let row = lists.first(from); row < lists.end(to - 1); row += 1) {
      const number = lists.table[row] ?? 0;
      const place = lists.place[row] ?? 0;
      if (first[number] === -1 || place < (first[number] ?? 0)) first[number] = place;
      if (place >= (end[number] ?? 0)) end[number] = place + 1;
    }
    for (const [number, cells] of lists.tables.entries()) {
      const [start = -1, behind = 0] = [first[number], end[number]];
      if (start >= 0) this.#table(number).profiled.note(cells, false, [start, behind]);
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
