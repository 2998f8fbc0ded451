import { isAscii, isUtf8 } from 'node:buffer';
import type { Encoding } from '../domain/settings.js';
import { readableText, validUtf8Length } from './utf8.js';

export interface EncodingFinding {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark. */
  readonly markLength: number;
  /** Why, in words. */
  readonly reason: string;
}

const marks: readonly { readonly encoding: Encoding; readonly bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/**
 * Finds the encoding of a file by its first bytes: a byte order mark, the NULs of UTF-16, else UTF-8 unless more
 * of the characters beyond ASCII speak against it than for it. `given` is taken as it is; then only the mark is looked
 * for.
 */
export function findEncoding(sample: Buffer, given: Encoding | 'auto'): EncodingFinding {
  const marked = marks.find(({ bytes }) => bytes.every((byte, at) => sample[at] === byte));
  if (given !== 'auto') {
    const markLength = marked?.encoding === given ? marked.bytes.length : 0;
    return { encoding: given, markLength, reason: 'encoding as set' };
  }
  if (marked) {
    const reason = `${marked.encoding} by its byte order mark`;
    return { encoding: marked.encoding, markLength: marked.bytes.length, reason };
  }
  return { markLength: 0, ...findUnmarked(sample) };
}

/** Text in Windows-1252 hardly ever looks like UTF-8, so one character that does outweighs some bytes that do not. */
const telling = 4;

function findUnmarked(sample: Buffer): Omit<EncodingFinding, 'markLength'> {
  const wide = sample.includes(0) ? wideEncoding(sample) : null;
  if (wide) return { encoding: wide, reason: `${wide} by the NUL in most of its characters` };
  const characters = new Characters();
  // Most files are, and each is looked at.
  if (!isUtf8(sample)) characters.count(sample);
  return characters.finding;
}

/** UTF-16 by where NULs stand: in text of any Latin script, one byte of most characters is NUL. */
function wideEncoding(sample: Buffer): Encoding | null {
  const nulls = [0, 0];
  for (let at = 0; at < sample.length; at++) {
    if (sample[at] === 0) nulls[at % 2] = (nulls[at % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = nulls;
  const half = sample.length / 4;
  if (odd > half && even * 8 < odd) return 'utf-16le';
  return even > half && odd * 8 < even ? 'utf-16be' : null;
}

/** Characters beyond ASCII that decide. */
const deciding = 1000;

/** The first characters beyond ASCII of a file. */
class Characters {
  /** Those that are UTF-8. */
  #good = 0;
  /** Bytes that are not. */
  #bad = 0;
  /** The first bytes of a character whose rest is to come. */
  #cut = Buffer.alloc(0);

  /** Whether more of them change nothing. */
  get isDecided(): boolean {
    return this.#good + this.#bad >= deciding;
  }

  /** The bytes that follow. */
  count(chunk: Buffer): void {
    if (this.#cut.length === 0 && isAscii(chunk)) return;
    let rest = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk]);
    this.#cut = Buffer.alloc(0);
    while (rest.length > 0 && !this.isDecided) {
      const valid = validUtf8Length(rest);
      for (let at = 0; at < valid && !this.isDecided; at++) if ((rest[at] ?? 0) >= 0xc0) this.#good++;
      rest = rest.subarray(valid);
      if (rest.length === 0 || this.isDecided) return;
      if (rest.length <= 3 && !isLast(rest)) {
        this.#cut = Buffer.from(rest);
        return;
      }
      this.#bad++;
      rest = rest.subarray(1);
    }
  }

  get finding(): Omit<EncodingFinding, 'markLength'> {
    const [good, bad] = [this.#good, this.#bad];
    if (bad === 0) return { encoding: 'utf-8', reason: 'all of the sample is valid UTF-8' };
    const encoding = good * telling >= bad ? 'utf-8' : 'windows-1252';
    return {
      encoding,
      reason: `${encoding}: ${good} characters beyond ASCII are UTF-8, ${bad} bytes are not`,
    };
  }
}

/** Thrown when a file turns out to be in another encoding than its first bytes showed. */
export class OtherEncoding extends Error {
  constructor(readonly finding: EncodingFinding) {
    super(finding.reason);
  }
}

/**
 * Watches the bytes of a file that is read in an encoding which its first ones showed. Throws OtherEncoding once a
 * thousand characters beyond ASCII, or all there are, speak for another.
 */
export class EncodingWatch {
  readonly #characters = new Characters();
  #isOver = false;

  constructor(readonly found: Encoding) {}

  push(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#characters.count(chunk);
    if (this.#characters.isDecided) this.end();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { finding } = this.#characters;
    if (finding.encoding !== this.found) throw new OtherEncoding({ ...finding, markLength: 0 });
  }
}

/** False for the first bytes of a character whose rest is to come. */
function isLast(bytes: Buffer): boolean {
  const [lead = 0, ...following] = bytes;
  return bytes.length > 0 && (lead < 0xc2 || lead > 0xf4 || following.some((byte) => byte >> 6 !== 2));
}

/** Turns bytes into UTF-8 as they come. */
export interface Transcoder {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/**
 * A transcoder for an encoding other than UTF-8. What does not decode becomes bytes that are not UTF-8, never
 * U+FFFD, so that the record it stands in is refused; `originalLength` and `readable` know them.
 */
export function transcoderFor(encoding: Exclude<Encoding, 'utf-8'>): Transcoder {
  if (encoding === 'windows-1252') return { push: fromWindows1252, end: () => Buffer.alloc(0) };
  return new Utf16Transcoder(encoding === 'utf-16be');
}

/** Bytes that `utf8`, as a transcoder made it, has in the file. */
export function originalLength(utf8: Buffer, encoding: Encoding): number {
  if (encoding === 'utf-8') return utf8.length;
  let units = 0;
  let odd = 0;
  for (const byte of utf8) {
    if (byte >> 6 !== 2) units++;
    if (byte >= 0xf0 && byte < 0xf8) units++;
    if (byte === oddByte) odd++;
  }
  return encoding === 'windows-1252' ? units : 2 * units - odd;
}

/** Text of `utf8`, as a transcoder made it; what did not decode as `\xHH` of the file's own bytes. */
export function readable(utf8: Buffer, encoding: Encoding): string {
  if (isUtf8(utf8)) return utf8.toString();
  const text = readableText(utf8);
  if (encoding === 'utf-8') return text;
  return encoding === 'windows-1252' ? readableWindows(text) : readableUtf16(text);
}

/** What the bytes 0x80 to 0x9f say in Windows-1252; the five that say nothing are stood in for by 0xf8 to 0xfc. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const undefinedBytes = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
const firstStandIn = 0xf8;

function fromWindows1252(chunk: Buffer): Buffer {
  const text = chunk.toString('latin1');
  if (!/[\x80-\x9f]/.test(text)) return Buffer.from(text);
  const parts = text
    .split(/([\x81\x8d\x8f\x90\x9d])/)
    .map((part, index) =>
      index % 2 === 1 ? standInFor(part) : Buffer.from(part.replace(/[\x80-\x9f]/g, special)),
    );
  return Buffer.concat(parts);
}

function special(char: string): string {
  return windows1252.charAt(char.charCodeAt(0) - 0x80);
}

function standInFor(char: string): Buffer {
  return Buffer.of(firstStandIn + undefinedBytes.indexOf(char.charCodeAt(0)));
}

function readableWindows(text: string): string {
  return text.replace(/\\xf([89a-c])/g, (_, digit: string) => {
    const byte = undefinedBytes[Number.parseInt(digit, 16) - 8] ?? 0;
    return `\\x${byte.toString(16)}`;
  });
}

/** A byte behind the last whole unit of UTF-16. */
const oddByte = 0xff;

class Utf16Transcoder implements Transcoder {
  #rest = Buffer.alloc(0);

  constructor(readonly bigEndian: boolean) {}

  push(chunk: Buffer): Buffer {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk);
    const whole = this.#wholeLength(bytes);
    this.#rest = Buffer.from(bytes.subarray(whole));
    return this.#decode(bytes.subarray(0, whole));
  }

  end(): Buffer {
    const whole = this.#rest.length - (this.#rest.length % 2);
    const decoded = this.#decode(this.#rest.subarray(0, whole));
    return whole < this.#rest.length ? Buffer.concat([decoded, Buffer.of(oddByte)]) : decoded;
  }

  /** Without the first half of a character whose second half is to come. */
  #wholeLength(bytes: Buffer): number {
    const even = bytes.length - (bytes.length % 2);
    const lead = even === 0 ? 0 : (bytes[even - (this.bigEndian ? 2 : 1)] ?? 0);
    return (lead & 0xfc) === 0xd8 ? even - 2 : even;
  }

  #decode(bytes: Buffer): Buffer {
    const little = this.bigEndian ? Buffer.from(bytes).swap16() : bytes;
    const text = little.toString('utf16le');
    if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text);
    const parts = text
      .split(/(\p{Surrogate})/u)
      .map((part, index) => (index % 2 === 1 ? surrogateBytes(part.charCodeAt(0)) : Buffer.from(part)));
    return Buffer.concat(parts);
  }
}

/** A lone surrogate in three bytes, as UTF-8 would have it if it were allowed. */
function surrogateBytes(unit: number): Buffer {
  return Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
}

function readableUtf16(text: string): string {
  return text.replace(/\\xed\\x([ab][\da-f])\\x([\da-f]{2})/g, (_, high: string, low: string) => {
    const unit = 0xd000 | ((Number.parseInt(high, 16) & 0x3f) << 6) | (Number.parseInt(low, 16) & 0x3f);
    return `\\u${unit.toString(16)}`;
  });
}
