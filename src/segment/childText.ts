import type { CellBlock } from '../domain/cellBlock.js';
import { folded } from '../domain/columnName.js';

const colon = 0x3a;
const zero = 0x30;

/** What stands between the cells of a row of one child table. */
export interface RowLabels {
  readonly start: Buffer;
  /** The columns in the order of their labels. */
  readonly columns: readonly { readonly place: number; readonly label: Buffer }[];
}

/** The labels of the rows in lists that are so deep in their records. */
export function rowLabels(names: readonly string[], depth: number, field: string): RowLabels {
  const columns = names
    .map((name, place) => ({ place, label: `\u0000${folded(name)}\u0000` }))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
    .map(({ place, label }) => ({ place, label: Buffer.from(label) }));
  // No cell's part starts so.
  return { start: Buffer.from(`\u0001${depth}\u0000${folded(field)}`), columns };
}

/** What the child rows of a record say, as one text that is the same for equal ones. Used again for the next. */
export class ChildText {
  #text = Buffer.alloc(0);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** The text as UTF-8, until the next is made. */
  get bytes(): Buffer {
    return this.#text.subarray(0, this.#length);
  }

  /** Adds a row: the label, the length in UTF-16 and the text of each cell that says something. */
  add({ start, columns }: RowLabels, cells: CellBlock, row: number): void {
    const { bytes, starts, ends } = cells;
    const first = row * cells.width;
    this.#copy(start, 0, start.length);
    for (const { place, label } of columns) {
      const from = starts[first + place] ?? -1;
      if (from < 0) continue;
      const end = ends[first + place] ?? 0;
      this.#copy(label, 0, label.length);
      this.#number(unitsOf(bytes, from, end));
      this.#copy(bytes, from, end);
    }
  }

  #copy(bytes: Buffer, from: number, end: number): void {
    this.#reserve(end - from);
    const text = this.#text;
    let at = this.#length;
    if (end - from > longCell) text.set(bytes.subarray(from, end), at);
    else for (let i = from; i < end; i += 1) text[at++] = bytes[i] ?? 0;
    this.#length += end - from;
  }

  #number(value: number): void {
    this.#reserve(mostDigits + 1);
    const text = this.#text;
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at -= 1) {
      text[at] = zero + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#length += digits;
    text[this.#length++] = colon;
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted <= this.#text.length) return;
    const larger = Buffer.allocUnsafe(2 * wanted);
    larger.set(this.bytes);
    this.#text = larger;
  }
}

const mostDigits = 16;

/** Cells of more bytes than this are copied by a call. */
const longCell = 100;

/** Length in UTF-16 of some UTF-8. */
function unitsOf(bytes: Buffer, from: number, end: number): number {
  let units = 0;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80 || byte >= 0xc0) units += byte < 0xf0 ? 1 : 2;
  }
  return units;
}
