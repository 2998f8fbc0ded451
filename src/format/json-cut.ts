const lineFeed = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Where the front of some bytes can be cut off between two records. */
interface Cut {
  /** Bytes before it; 0: nowhere. */
  readonly length: number;
  /** The array that the records stand in ends within the bytes. */
  readonly ends: boolean;
}

/**
 * Where to cut bytes that begin in an array of records or between lines that are records; null where it cannot be told.
 */
export function cutBehind(bytes: Buffer, inArray: boolean, inLines: boolean): Cut | null {
  if (inArray) return cutArray(bytes);
  const cut = inLines ? cutLines(bytes) : null;
  return cut?.length === 0 ? null : cut;
}

/** The last place between two elements of an array, `bytes` beginning with an element or the end of the array. */
function cutArray(bytes: Buffer): Cut {
  const { length } = bytes;
  let depth = 0;
  let cut = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = stringEnd(bytes, at + 1);
    // Both brackets that open differ in this bit alone, as do those that close.
    else if ((byte | 0x20) === openBrace) depth += 1;
    else if ((byte | 0x20) === closeBrace) {
      depth -= 1;
      if (depth < 0) return { length: behindSpace(bytes, cut), ends: true };
    } else if (byte === comma && depth === 0) cut = at + 1;
  }
  return { length: behindSpace(bytes, cut), ends: false };
}

/** Index of the quote that ends a string, or one at or behind the end of the bytes. */
function stringEnd(bytes: Buffer, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const byte = bytes[at];
    if (byte === quote) break;
    at += byte === backslash ? 2 : 1;
  }
  return at;
}

/**
 * The last line end with an object or array before it and another behind it: within a value a comma would stand between
 * the two.
 */
function cutLines(bytes: Buffer): Cut {
  for (let at = bytes.length - 2; at > 0; at -= 1) {
    at = bytes.lastIndexOf(lineFeed, at);
    if (at <= 0) break;
    const next = bytes[at + 1];
    if (next !== openBrace && next !== openBracket) continue;
    let before = at - 1;
    while (before > 0 && isSpace(bytes[before])) before -= 1;
    if (bytes[before] === closeBrace || bytes[before] === closeBracket)
      return { length: at + 1, ends: false };
  }
  return { length: 0, ends: false };
}

function behindSpace(bytes: Buffer, from: number): number {
  if (from === 0) return 0;
  let at = from;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;
}
