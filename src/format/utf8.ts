import { isUtf8 } from 'node:buffer';

/** Length of the byte order mark at the start of `bytes`: 3 or 0. */
export function byteOrderMark(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Bytes checked at a time, so that what stands behind a bad byte costs nothing. */
const stepBytes = 4096;

/** Length of the longest prefix of `bytes` that is whole, valid UTF-8. */
export function validUtf8Length(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; ) {
    const step = bytes.subarray(at, at + stepBytes);
    const whole = wholeCharactersLength(step);
    if (!isUtf8(step.subarray(0, whole))) return at + validCharactersLength(step);
    if (whole < step.length && at + step.length === bytes.length) return at + whole;
    at += whole;
  }
  return bytes.length;
}

function validCharactersLength(bytes: Buffer): number {
  for (let at = 0; ; ) {
    const length = sequenceLength(bytes[at] ?? 0);
    const next = at + length;
    if (length === 0 || next > bytes.length) return at;
    if (length > 1 && !isUtf8(bytes.subarray(at, next))) return at;
    at = next;
  }
}

/** Length of `bytes` without a character at its end of which more bytes are to come. */
export function wholeCharactersLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const start = bytes.length - back;
    if (sequenceLength(bytes[start] ?? 0) > back) return start;
  }
  return bytes.length;
}

/** Bytes of the character that starts with `lead`; 0 where none can. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** The text of `bytes`; what is not UTF-8 in it stands as `\xHH`, byte by byte. */
export function readableText(bytes: Buffer): string {
  let text = '';
  for (let rest = bytes; ; ) {
    const valid = validUtf8Length(rest);
    text += rest.toString('utf8', 0, valid);
    const bad = rest[valid];
    if (bad === undefined) return text;
    text += `\\x${bad.toString(16).padStart(2, '0')}`;
    rest = rest.subarray(valid + 1);
  }
}

/** At most about 80 characters of `text` on one line, for an error message. */
export function excerpt(text: string): string {
  const line = JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
  return line.slice(1, -1).replaceAll('\\"', '"');
}
