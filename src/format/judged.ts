import { behindLineEnd, isLineEnd, lastLineEnd, lineEndAt } from './csv-scan.js';

/** Bytes of a sample that are cut into fields. */
const judgedLength = 64 * 1024;
/** A field that goes on there is looked at up to here. */
const longestJudged = 4 * 1024 * 1024;

const backslash = 0x5c;
/** Behind these a field may open. */
const openers: ReadonlySet<number | undefined> = new Set([...'\n\r,;\t| '].map((char) => char.charCodeAt(0)));

/**
 * The part of a file's first bytes by which its dialect is judged: whole lines, of which the last ends within no quotes,
 * or all of a file that is `complete`. `quote`: the character that quotes, or null.
 */
export function judged(head: Buffer, complete: boolean, quote: string | null): Buffer {
  if (complete && head.length <= judgedLength) return head;
  const end = lastLineEnd(head.subarray(0, judgedLength)) || lastLineEnd(head) || head.length;
  if (quote === null) return head.subarray(0, end);
  const part = head.subarray(0, longestJudged);
  return head.subarray(0, endOutside(part, end, quote, complete && part.length === head.length) ?? end);
}

/** Whether more bytes may show where the part ends that is judged, as quotes are open at the end of these. */
export function needsMore(head: Buffer, quote: string | null): boolean {
  if (quote === null || head.length >= longestJudged) return false;
  const end = lastLineEnd(head.subarray(0, judgedLength));
  return end > 0 && endOutside(head, end, quote, false) === null;
}

/** Behind the first line that ends within no quotes at `least` or behind it, be it with the file; null: none does yet. */
function endOutside(bytes: Buffer, least: number, quote: string, isAll: boolean): number | null {
  const mark = quote.charCodeAt(0);
  for (let at = 0; ; ) {
    const open = openQuote(bytes, at, mark);
    const lineEnd = lineEndAt(bytes, Math.max(at, least - 1));
    const end = behindLineEnd(bytes, lineEnd);
    if (open === -1 || open >= end) return lineEnd < bytes.length || isAll ? end : null;
    const close = closeQuote(bytes, open + 1, mark);
    if (close === -1) return null;
    at = close + 1;
  }
}

/** The next quote at the beginning of a field, or -1. */
function openQuote(bytes: Buffer, from: number, mark: number): number {
  let at = bytes.indexOf(mark, from);
  while (at > 0 && !openers.has(bytes[at - 1])) at = bytes.indexOf(mark, at + 1);
  return at;
}

/** The quote that ends the field of which the text begins at `from`, or -1. */
function closeQuote(bytes: Buffer, from: number, mark: number): number {
  for (let at = bytes.indexOf(mark, from); at !== -1; at = bytes.indexOf(mark, at + 1)) {
    const next = bytes[at + 1];
    if (next === mark) at += 1;
    else if (bytes[at - 1] !== backslash || next === undefined || isLineEnd(next)) return at;
  }
  return -1;
}
