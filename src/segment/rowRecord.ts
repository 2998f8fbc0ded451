import { CellBlock } from '../domain/cellBlock.js';
import type { Value } from './newFile.js';
import { varintBytes, writeVarint } from './pages.js';

const noCells = new CellBlock();

/**
 * One row in SQLite's record format: a header with the type of each value, then the values, those of a block's record
 * last. Used again for the next.
 */
export class RowRecord {
  /** The serial type of each value. */
  #types = new Uint32Array(64);
  #count = 0;
  #headerBytes = 0;
  #body = Buffer.allocUnsafe(4096);
  #length = 0;
  /** The block whose record is written behind the body, and the first of its cells. */
  #cells = noCells;
  #firstCell = 0;
  #cellBytes = 0;

  clear(): void {
    this.#count = 0;
    this.#headerBytes = 0;
    this.#length = 0;
    this.#cells = noCells;
    this.#cellBytes = 0;
  }

  /** Bytes of the whole record. */
  get bytes(): number {
    return this.#sizedHeader + this.#length + this.#cellBytes;
  }

  add(value: Value): void {
    if (value === null) this.#type(0);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#integer(value);
    else this.#blob(value);
  }

  /** Adds the cells of a block's record, which must stay as it is until the record is written; nothing can follow. */
  addCells(cells: CellBlock, record: number): void {
    const { starts, ends, width } = cells;
    const first = record * width;
    this.#cells = cells;
    this.#firstCell = first;
    let bytes = 0;
    for (let place = first; place < first + width; place += 1) {
      const start = starts[place] ?? -1;
      const length = (ends[place] ?? 0) - start;
      this.#type(start < 0 ? 0 : 13 + 2 * length);
      if (start >= 0) bytes += length;
    }
    this.#cellBytes = bytes;
  }

  /** Writes the record, of which `bytes` tells the size. */
  write(target: Uint8Array, at: number): void {
    let place = writeVarint(target, at, this.#sizedHeader);
    const types = this.#types;
    for (let i = 0; i < this.#count; i += 1) {
      const type = types[i] ?? 0;
      if (type < 0x80) target[place++] = type;
      else place = writeVarint(target, place, type);
    }
    const body = this.#body;
    for (let i = 0; i < this.#length; i += 1) target[place++] = body[i] ?? 0;
    this.#writeCells(target, place);
  }

  #writeCells(target: Uint8Array, from: number): void {
    const { bytes, starts, ends, width } = this.#cells;
    let place = from;
    for (let cell = this.#firstCell; cell < this.#firstCell + width; cell += 1) {
      const start = starts[cell] ?? -1;
      if (start < 0) continue;
      const end = ends[cell] ?? 0;
      if (end - start > longCell) {
        target.set(bytes.subarray(start, end), place);
        place += end - start;
      } else for (let i = start; i < end; i += 1) target[place++] = bytes[i] ?? 0;
    }
  }

  #text(text: string): void {
    this.#reserve(text.length * 3);
    const written = this.#body.write(text, this.#length, 'utf8');
    this.#length += written;
    this.#type(13 + 2 * written);
  }

  /** The size of the header counts itself. */
  get #sizedHeader(): number {
    const size = this.#headerBytes + 1;
    return size < 0x80 ? size : this.#headerBytes + varintBytes(this.#headerBytes + 2);
  }

  /** An integer that is not negative. */
  #integer(value: number): void {
    const [type, bytes] = integerType(value);
    this.#type(type);
    this.#reserve(8);
    if (bytes === 8) this.#body.writeBigUInt64BE(BigInt(value), this.#length);
    else if (bytes > 0) this.#body.writeUIntBE(value, this.#length, bytes);
    this.#length += bytes;
  }

  #blob(blob: Buffer): void {
    this.#type(12 + 2 * blob.length);
    this.#reserve(blob.length);
    this.#body.set(blob, this.#length);
    this.#length += blob.length;
  }

  #type(type: number): void {
    if (this.#count === this.#types.length) {
      const larger = new Uint32Array(this.#types.length * 2);
      larger.set(this.#types);
      this.#types = larger;
    }
    this.#types[this.#count] = type;
    this.#count += 1;
    this.#headerBytes += type < 0x80 ? 1 : varintBytes(type);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#body.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes));
    larger.set(this.#body.subarray(0, this.#length));
    this.#body = larger;
  }
}

/** Cells of more bytes than this are copied by a call. */
const longCell = 100;

/** The serial type of an integer, and its bytes. */
function integerType(value: number): readonly [type: number, bytes: number] {
  if (value === 0) return [8, 0];
  if (value === 1) return [9, 0];
  if (value < 2 ** 7) return [1, 1];
  if (value < 2 ** 15) return [2, 2];
  if (value < 2 ** 23) return [3, 3];
  if (value < 2 ** 31) return [4, 4];
  return value < 2 ** 47 ? [5, 6] : [6, 8];
}
