const firstBytes = 64 * 1024;
/** Bytes behind the last cell that may be read with it. */
const slack = 8;

/** The UTF-8 in which cells stand, those of one block or of several. */
export class CellBytes {
  bytes = Buffer.allocUnsafeSlow(firstBytes);
  /** Over `bytes`. */
  view = new DataView(this.bytes.buffer);
  /** How many of the bytes are in use. */
  length = 0;

  /** Takes a copy of bytes, with so many zeros behind; returns where it begins. */
  load(bytes: Uint8Array, zeros = 0): number {
    this.#reserve(bytes.length + zeros);
    const start = this.length;
    this.bytes.set(bytes, start);
    this.length += bytes.length + zeros;
    this.bytes.fill(0, this.length - zeros, this.length);
    return start;
  }

  /** Adds a text, which then stands before `length`; returns where it begins. */
  encode(text: string): number {
    this.#reserve(text.length * 3);
    const start = this.length;
    const end = text.length <= shortText ? this.#ascii(text, start) : -1;
    this.length = end < 0 ? start + this.bytes.write(text, start, 'utf8') : end;
    return start;
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
    const wanted = this.length + bytes + slack;
    if (wanted <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * wanted);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

/** Texts up to this length are copied letter by letter, which is faster than a call. */
const shortText = 48;
