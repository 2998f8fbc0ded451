import type { FieldSyntax } from './sample-rows.js';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const backslash = 0x5c;

/**
 * What stands at a place: a whole record; one with a quote out of place; or one that the bytes at hand cut off.
 * `unclosed`: the cut stands within quotes.
 */
export type Scanned = 'whole' | 'broken' | 'cut' | 'unclosed';

/** Finds where records end in the bytes of a CSV file, byte for byte. A quote opens only at the start of a field. */
export class RecordScanner {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #spaced: boolean;
  readonly #backslash: boolean;
  /** Behind the record that was scanned last and its line end. */
  end = 0;
  /** Whether quotes stand inside its unquoted fields. */
  hasStrayQuote = false;

  constructor(syntax: FieldSyntax) {
    const { delimiter, quote, spaced } = syntax;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote?.charCodeAt(0) ?? -1;
    this.#spaced = spaced;
    this.#backslash = syntax.escape === 'backslash';
  }

  /** True if a quote stands anywhere in the bytes. */
  hasQuote(bytes: Buffer): boolean {
    return this.#quote !== -1 && bytes.includes(this.#quote);
  }

  /** Delimiters in the bytes, quoted or not. */
  countDelimiters(bytes: Buffer): number {
    let count = 0;
    for (const byte of bytes) if (byte === this.#delimiter) count++;
    return count;
  }

  /** Length of the records that end within `bytes`, broken ones among them; more bytes come behind. */
  wholeLength(bytes: Buffer): number {
    return this.#regularLength(bytes) ?? this.#scannedLength(bytes);
  }

  /** As `wholeLength` where each quote opens a field, closes one or is escaped; null elsewhere. */
  #regularLength(bytes: Buffer): number | null {
    if (this.#quote === -1) return lastLineEnd(bytes);
    const bounds: number[] = [];
    let end = 0;
    for (let at = bytes.indexOf(this.#quote); at !== -1; at = bytes.indexOf(this.#quote, end)) {
      if (!this.#opensField(bytes, at)) return null;
      end = this.#quotedEnd(bytes, at + 1);
      bounds.push(at, end);
      if (end === -1) break;
      const next = bytes[end];
      if (next !== undefined && next !== this.#delimiter && !isLineEnd(next)) return null;
    }
    return lastLineEndOutside(bytes, bounds);
  }

  #opensField(bytes: Buffer, at: number): boolean {
    const before = bytes[at - 1];
    if (this.#spaced && before === space) return bytes[at - 2] === this.#delimiter;
    return before === undefined || before === this.#delimiter || isLineEnd(before);
  }

  #scannedLength(bytes: Buffer): number {
    let end = 0;
    while (end < bytes.length) {
      const found = this.scan(bytes, end, false);
      if (found === 'cut' || found === 'unclosed') break;
      const next = found === 'whole' ? this.end : behindLineEnd(bytes, lineEndAt(bytes, end));
      if (next === bytes.length && found === 'broken' && bytes.at(-1) !== lineFeed) break;
      end = next;
    }
    return end;
  }

  /** Scans the record at `start`; `last`: nothing comes behind the bytes. */
  scan(bytes: Buffer, start: number, last: boolean): Scanned {
    this.hasStrayQuote = false;
    for (let at = start; ; ) {
      const quoted = bytes[at] === this.#quote;
      const end = quoted ? this.#quotedEnd(bytes, at + 1) : this.#plainEnd(bytes, at);
      if (end === -1) return last ? 'broken' : 'unclosed';
      const next = bytes[end];
      if (next === undefined) {
        this.end = end;
        return last ? 'whole' : 'cut';
      }
      if (next === this.#delimiter) {
        at = this.#spaced && bytes[end + 1] === space ? end + 2 : end + 1;
        continue;
      }
      if (next !== lineFeed && next !== carriageReturn) return 'broken';
      if (next === carriageReturn && end + 1 === bytes.length && !last) return 'cut';
      this.end = behindLineEnd(bytes, end);
      return 'whole';
    }
  }

  #plainEnd(bytes: Buffer, start: number): number {
    let at = start;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === this.#delimiter || byte === lineFeed || byte === carriageReturn) break;
      if (byte === this.#quote) this.hasStrayQuote = true;
    }
    return at;
  }

  /** Offset behind the closing quote, or -1. */
  #quotedEnd(bytes: Buffer, start: number): number {
    for (let from = start; ; ) {
      const at = bytes.indexOf(this.#quote, from);
      if (at === -1) return -1;
      if (this.#isEscaped(bytes, start, at)) from = at + 1;
      else if (bytes[at + 1] === this.#quote) from = at + 2;
      else return at + 1;
    }
  }

  #isEscaped(bytes: Buffer, start: number, at: number): boolean {
    if (!this.#backslash) return false;
    let slashes = 0;
    while (at - slashes > start && bytes[at - slashes - 1] === backslash) slashes++;
    return slashes % 2 === 1;
  }
}

/** Offset of the line end at or behind `from`; the length of `bytes` where none is. */
export function lineEndAt(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf(lineFeed, from);
  const end = feed === -1 ? bytes.length : feed;
  const carriage = bytes.subarray(from, end).indexOf(carriageReturn);
  return carriage === -1 ? end : from + carriage;
}

/** Offset behind the line end that stands at `end`. */
export function behindLineEnd(bytes: Buffer, end: number): number {
  const pair = bytes[end] === carriageReturn && bytes[end + 1] === lineFeed;
  return Math.min(bytes.length, end + (pair ? 2 : 1));
}

export function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

/** A record's bytes without the line end behind it. */
export function withoutLineEnd(record: Buffer): Buffer {
  if (!isLineEnd(record.at(-1))) return record;
  const pair = record.at(-1) === lineFeed && record.at(-2) === carriageReturn;
  return record.subarray(0, record.length - (pair ? 2 : 1));
}

/** `bytes`, the end of a file, with a line end behind its last record. */
export function terminated(bytes: Buffer): Buffer {
  if (bytes.length === 0 || isLineEnd(bytes.at(-1))) return bytes;
  return Buffer.concat([bytes, Buffer.of(lineFeed)]);
}

/**
 * As `lastLineEnd` where no line ends within quotes; `bounds`: the offsets of the quoted fields, each its start and what
 * is behind it, or -1 for the last one where that is not at hand.
 */
function lastLineEndOutside(bytes: Buffer, bounds: readonly number[]): number {
  for (let field = bounds.length; field >= 0; field -= 2) {
    const from = bounds[field - 1] ?? 0;
    if (from === -1) continue;
    // With the quote behind it, a CR before that is a whole line end.
    const to = (bounds[field] ?? bytes.length - 1) + 1;
    const length = lastLineEnd(bytes.subarray(from, to));
    if (length > 0) return from + length;
  }
  return 0;
}

/** Offset behind the last line that ends within `bytes`, or 0; a CR at the very end may be half a line end. */
export function lastLineEnd(bytes: Buffer): number {
  const feed = bytes.lastIndexOf(lineFeed);
  const carriage = bytes.length < 2 ? -1 : bytes.lastIndexOf(carriageReturn, bytes.length - 2);
  return Math.max(feed, carriage) + 1;
}
