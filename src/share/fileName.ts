import { isUtf8 } from 'node:buffer';

/**
 * Names that are not UTF-8 travel through the scan with each byte that does not decode as one lone surrogate
 * U+DC80…U+DCFF, which no valid name contains, so that no two names become one.
 */
const escapedByte = /[\uDC80-\uDCFF]/g;

/** The name of these bytes; what does not decode is escaped. */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) name += bytes.toString('utf8', at, at + length);
    else name += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += Math.max(length, 1);
  }
  return name;
}

/** Bytes of the valid UTF-8 sequence that starts here, or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  for (const length of [1, 2, 3, 4]) {
    if (at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}

/** Whether a path has bytes that are not UTF-8. */
export function isUndecodable(path: string): boolean {
  return !path.isWellFormed();
}

/** The path as the system knows it. */
export function pathBytes(path: string): string | Buffer {
  if (!isUndecodable(path)) return path;
  const parts: Buffer[] = [];
  for (const char of path) {
    const code = char.charCodeAt(0);
    const escaped = char.length === 1 && code >= 0xdc80 && code <= 0xdcff;
    parts.push(escaped ? Buffer.from([code - 0xdc00]) : Buffer.from(char));
  }
  return Buffer.concat(parts);
}

/** The path as it can be stored and shown: undecodable bytes in hex, `caf\xe9.csv`. */
export function printableName(path: string): string {
  if (!isUndecodable(path)) return path;
  return path.replace(escapedByte, (char) => `\\x${(char.charCodeAt(0) - 0xdc00).toString(16)}`);
}

/** Line ends in names, which a glob's `*` does not match, and the lone surrogates they travel as. */
const lineEnds: readonly (readonly [char: string, escaped: string])[] = [
  ['\n', '\uDC0A'],
  ['\r', '\uDC0D'],
  ['\u2028', '\uDC28'],
  ['\u2029', '\uDC29'],
];
const lineEnd = /[\n\r\u2028\u2029]/;
const escapedLineEnd = /[\uDC0A\uDC0D\uDC28\uDC29]/;

/** A name or pattern in which a glob takes every character for what it is. */
export function escapeLineEnds(name: string): string {
  if (!lineEnd.test(name)) return name;
  return lineEnds.reduce((text, [char, escaped]) => text.replaceAll(char, escaped), name);
}

/** The name that `escapeLineEnds` was given. */
export function unescapeLineEnds(name: string): string {
  if (!escapedLineEnd.test(name)) return name;
  return lineEnds.reduce((text, [char, escaped]) => text.replaceAll(escaped, char), name);
}
