const quote = 0x22;
const plus = 0x2b;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The end of the JSON number that begins at `start`, or -1 where none does; behind the bytes stands a zero. */
export function numberEnd(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === minus ? start + 1 : start;
  const whole = at;
  at = digitsEnd(bytes, at);
  if (at === whole || (bytes[whole] === zero && at > whole + 1)) return -1;
  if (bytes[at] === dot) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction);
    if (at === fraction) return -1;
  }
  if (((bytes[at] ?? 0) | 0x20) !== 0x65) return at;
  const sign = bytes[at + 1];
  const exponent = sign === plus || sign === minus ? at + 2 : at + 1;
  at = digitsEnd(bytes, exponent);
  return at === exponent ? -1 : at;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let code = bytes[at] ?? 0; code >= zero && code <= nine; ) code = bytes[++at] ?? 0;
  return at;
}

/** The end of the text, object or array that begins at `start`, or -1 where a zero comes before. */
export function stretchEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === 0) return -1;
    if (code === quote) at = textEnd(bytes, at + 1);
    else if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) depth -= 1;
    if (at < 0) return -1;
    if (depth === 0) return at + 1;
  }
}

/** The index of the quote that ends a text, or -1. */
function textEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let code = bytes[at] ?? 0; code !== quote; code = bytes[at] ?? 0) {
    if (code === 0) return -1;
    at += code === backslash ? 2 : 1;
  }
  return at;
}
