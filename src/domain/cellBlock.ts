const firstBytes = 64 * 1024;
const firstCells = 1024;
/** Bytes behind the last cell that may be read with it. */
const slack = 8;

/**
 * Cells of records as UTF-8, as they stand in a file or as text was encoded: the cell in column `c` of record `r` has the
 * place `i = r * width + c` and stands in `bytes` from `starts[i]` to before `ends[i]`; a start of -1 says that there is
 * no value. Filled again and again; what it held is then gone.
 */
export class CellBlock {
  bytes = Buffer.allocUnsafeSlow(firstBytes);
  /** Over `bytes`. */
  view = new DataView(this.bytes.buffer);
  starts = new Int32Array(firstCells);
  ends = new Int32Array(firstCells);
  /** The 1-based line on which each record starts. */
  lines = new Float64Array(firstCells);
  /** The line behind the last record. */
  lineBehind = 1;
  width = 0;
  records = 0;
  #length = 0;
  #cells = 0;

  /** Empties it for records of `width` cells. */
  begin(width: number): void {
    this.width = width;
    this.records = 0;
    this.#length = 0;
    this.#cells = 0;
  }

  /** Takes a copy of bytes, in which cells may then be placed; returns where it begins. */
  load(bytes: Uint8Array): number {
    this.#reserve(bytes.length);
    const start = this.#length;
    this.bytes.set(bytes, start);
    this.#length += bytes.length;
    return start;
  }

  /** Makes room for the places of so many cells and records. */
  allow(cells: number, records: number): void {
    if (cells > this.starts.length) {
      this.starts = grown(this.starts, new Int32Array(2 * cells));
      this.ends = grown(this.ends, new Int32Array(2 * cells));
    }
    if (records > this.lines.length) this.lines = grown(this.lines, new Float64Array(2 * records));
  }

  /** Adds a record from its cells, as many as it is wide. */
  add(cells: readonly (string | null)[], line: number): void {
    this.allow(this.#cells + this.width, this.records + 1);
    for (let column = 0; column < this.width; column += 1) this.#encode(cells[column] ?? null);
    this.lines[this.records] = line;
    this.records += 1;
  }

  /** Gives the first cells of all records, whose places were left free, one value each. */
  lead(cells: readonly (string | null)[]): void {
    this.#cells = this.records * this.width;
    this.allow(this.#cells + cells.length, this.records);
    const from = this.#cells;
    for (const cell of cells) this.#encode(cell);
    const { starts, ends, width } = this;
    for (let place = 0; place < this.records * width; place += width) {
      starts.copyWithin(place, from, from + cells.length);
      ends.copyWithin(place, from, from + cells.length);
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

  #encode(cell: string | null): void {
    const place = this.#cells;
    this.#cells += 1;
    if (cell === null) {
      this.starts[place] = -1;
      this.ends[place] = -1;
      return;
    }
    this.#reserve(cell.length * 3);
    const start = this.#length;
    const end = cell.length <= shortText ? this.#ascii(cell, start) : -1;
    this.#length = end < 0 ? start + this.bytes.write(cell, start, 'utf8') : end;
    this.starts[place] = start;
    this.ends[place] = this.#length;
  }

  /** Copies a text of ASCII letters; returns its end, or -1 when there are others in it. */
  #ascii(text: string, start: number): number {
    const { bytes } = this;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return -1;
      bytes[start + i] = code;
    }
    return start + text.length;
  }

  #reserve(bytes: number): void {
    const wanted = this.#length + bytes + slack;
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * wanted);
    larger.set(this.bytes.subarray(0, this.#length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Texts up to this length are copied letter by letter, which is faster than a call. */
const shortText = 48;

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
