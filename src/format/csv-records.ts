const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Bytes that structure a CSV file; `quote` is -1 where there is no quoting. */
export interface CsvBytes {
  readonly delimiter: number;
  readonly quote: number;
}

/**
 * Offset behind the first or the last record that ends within `bytes`, or 0. A record starts at offset 0. A quote
 * opens only at the start of a field; a CR at the very end is no line end yet, as an LF may follow.
 */
export function recordEnd(bytes: Buffer, which: 'first' | 'last', csv: CsvBytes): number {
  if (which === 'last' && !hasQuote(bytes, csv)) return lastLineEnd(bytes);
  let end = 0;
  let quoted = false;
  let fieldStart = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (quoted) {
      if (byte !== csv.quote) continue;
      if (bytes[at + 1] === csv.quote) at++;
      else quoted = false;
    } else if (byte === lineFeed || byte === carriageReturn) {
      if (byte === carriageReturn && at === bytes.length - 1) break;
      if (byte === carriageReturn && bytes[at + 1] === lineFeed) at++;
      end = at + 1;
      if (which === 'first') break;
      fieldStart = true;
    } else {
      quoted = fieldStart && byte === csv.quote;
      fieldStart = byte === csv.delimiter;
    }
  }
  return end;
}

function hasQuote(bytes: Buffer, csv: CsvBytes): boolean {
  return csv.quote !== -1 && bytes.includes(csv.quote);
}

function lastLineEnd(bytes: Buffer): number {
  const feed = bytes.lastIndexOf(lineFeed);
  const carriage = bytes.length < 2 ? -1 : bytes.lastIndexOf(carriageReturn, bytes.length - 2);
  return Math.max(feed, carriage) + 1;
}

/** `bytes`, the end of a file, with a line end behind its last record. */
export function terminated(bytes: Buffer): Buffer {
  const last = bytes.at(-1);
  if (last === undefined || last === lineFeed || last === carriageReturn) return bytes;
  return Buffer.concat([bytes, Buffer.of(lineFeed)]);
}

/** A record's bytes without the line end behind it. */
export function withoutLineEnd(record: Buffer): Buffer {
  const crlf = record.at(-1) === lineFeed && record.at(-2) === carriageReturn;
  return record.subarray(0, record.length - (crlf ? 2 : 1));
}

/** What is left of `bytes` behind the line ends it starts with. */
export function withoutBlankLines(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === lineFeed || bytes[start] === carriageReturn) start++;
  return bytes.subarray(start);
}
