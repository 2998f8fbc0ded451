import { varintBytes, writeVarint } from './pages.js';

export type Value = string | number | Buffer | null;

/** Texts up to this length are copied letter by letter, which is faster than a call. */
const shortText = 48;

/** One row in SQLite's record format: a header with the type of each value, then the values. Used again for the next. */
export class RowRecord {
  /** The serial type of each value. */
  #types = new Uint32Array(64);
  #count = 0;
  #headerBytes = 0;
  #body = Buffer.allocUnsafe(4096);
  #length = 0;

  clear(): void {
    this.#count = 0;
    this.#headerBytes = 0;
    this.#length = 0;
  }

  /** Bytes of the whole record. */
  get bytes(): number {
    return this.#sizedHeader + this.#length;
  }

  add(value: Value): void {
    if (value === null) this.#type(0);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.#integer(value);
    else this.#blob(value);
  }

  text(text: string): void {
    const { length } = text;
    this.#reserve(length * 3);
    const start = this.#length;
    const end = length <= shortText ? this.#ascii(text, start) : -1;
    this.#length = end < 0 ? start + this.#body.write(text, start, 'utf8') : end;
    this.#type(13 + 2 * (this.#length - start));
  }

  /** Writes the record, of which `bytes` tells the size. */
  write(target: Uint8Array, at: number): void {
    let place = writeVarint(target, at, this.#sizedHeader);
    for (let i = 0; i < this.#count; i += 1) place = writeVarint(target, place, this.#types[i] ?? 0);
    target.set(this.#body.subarray(0, this.#length), place);
  }

  /** The size of the header counts itself. */
  get #sizedHeader(): number {
    const size = this.#headerBytes + 1;
    return size < 0x80 ? size : this.#headerBytes + varintBytes(this.#headerBytes + 2);
  }

  /** Copies a text of ASCII letters; returns its end, or -1 when there are others in it. */
  #ascii(text: string, start: number): number {
    const body = this.#body;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return -1;
      body[start + i] = code;
    }
    return start + text.length;
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
