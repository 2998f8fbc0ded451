/** Bytes of a page. */
export const pageBytes = 16_384;

/** A finished page of a tree and the last rowid below it. */
export interface Child {
  readonly page: number;
  readonly lastRowid: number;
}

/** Takes finished pages one after the other. */
export interface PageSink {
  /** Returns the number of the page. */
  takePage(page: Uint8Array): number;
}

const leafType = 0x0d;
const interiorType = 0x05;
const leafHeader = 8;
const interiorHeader = 12;

/** The largest payload of a row that lies in its page as a whole. */
export const largestLocal = pageBytes - 35;

/** Bytes of a larger payload that lie in the page; the rest lies in a chain of pages of its own. */
export function localPart(payload: number): number {
  const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const fitting = least + ((payload - least) % (pageBytes - 4));
  return fitting <= largestLocal ? fitting : least;
}

/** A page of a table's b-tree while it is filled: pointers from its start, cells from its end. */
export class TreePage {
  readonly bytes = Buffer.alloc(pageBytes);
  #cells = 0;
  #contentStart = pageBytes;
  readonly #header: number;

  /** `offset`: where the page's own header begins; the first page of a file has another one before it. */
  constructor(
    readonly kind: 'leaf' | 'interior',
    readonly offset = 0,
  ) {
    this.#header = offset + (kind === 'leaf' ? leafHeader : interiorHeader);
  }

  get cells(): number {
    return this.#cells;
  }

  /** Makes room for a cell of that many bytes; returns where it begins, or -1 when the page is full. */
  reserve(bytes: number): number {
    const pointers = this.#header + 2 * this.#cells;
    const start = this.#contentStart - bytes;
    if (start < pointers + 2) return -1;
    this.bytes.writeUInt16BE(start, pointers);
    this.#cells += 1;
    this.#contentStart = start;
    return start;
  }

  /** Writes the page's header; `rightmost` is the last child of an interior page. */
  finish(rightmost = 0): Buffer {
    const { bytes, offset } = this;
    bytes[offset] = this.kind === 'leaf' ? leafType : interiorType;
    bytes.writeUInt16BE(this.#cells, offset + 3);
    bytes.writeUInt16BE(this.#contentStart % 65_536, offset + 5);
    if (this.kind === 'interior') bytes.writeUInt32BE(rightmost, offset + 8);
    return bytes;
  }

  /** Begins anew with an empty page; what `finish` returned is no longer valid. */
  clear(): void {
    this.bytes.fill(0);
    this.#cells = 0;
    this.#contentStart = pageBytes;
  }
}

/** Bytes of a number as SQLite's variable-length integer. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  let bytes = 2;
  for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Writes a number of at most 53 bits; returns where the next byte goes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    bytes[at] = value;
    return at + 1;
  }
  const length = varintBytes(value);
  let rest = value;
  for (let place = at + length - 1; place >= at; place -= 1) {
    bytes[place] = (rest % 0x80) | (place === at + length - 1 ? 0 : 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return at + length;
}
