import { countLineEnds } from './lines.js';

/** How the fields of a CSV file are told apart. */
export interface FieldSyntax {
  /** One ASCII character. */
  readonly delimiter: string;
  /** A space behind each delimiter belongs to it. */
  readonly spaced: boolean;
  /** One ASCII character; null: no quoting. */
  readonly quote: string | null;
  /** How a quote is written inside quotes. */
  readonly escape: 'doubled' | 'backslash';
}

/** A record of a sample, as far as it can be told before the dialect is known. */
export interface SampleRow {
  readonly fields: readonly string[];
  /** 1-based line on which it starts. */
  readonly line: number;
  /** A quote in it is out of place; its fields are those of its first line, cut at each delimiter. */
  readonly broken: boolean;
  /** A blank line stands above it. */
  readonly afterGap: boolean;
}

/** Cuts a text into rows by a syntax that may be wrong; nothing in the text is an error. Blank lines are passed over. */
export function sampleRows(text: string, syntax: FieldSyntax, maxRows: number): SampleRow[] {
  const rows: SampleRow[] = [];
  let line = 1;
  let afterGap = false;
  for (let at = 0; at < text.length && rows.length < maxRows; ) {
    const end = lineEnd(text, at);
    if (end === at) {
      at = behindLineEnd(text, end);
      line++;
      afterGap = true;
      continue;
    }
    const cut = cutRecord(text, at, syntax);
    const fields = cut?.fields ?? text.slice(at, end).split(delimiterOf(syntax));
    rows.push({ fields, line, broken: cut === null, afterGap });
    const next = behindLineEnd(text, cut?.end ?? end);
    line += Math.max(1, countLineEnds(text.slice(at, next)));
    at = next;
    afterGap = false;
  }
  return rows;
}

export function delimiterOf({ delimiter, spaced }: FieldSyntax): string {
  return spaced ? `${delimiter} ` : delimiter;
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const carriage = text.slice(from, feed < 0 ? undefined : feed).indexOf('\r');
  if (carriage >= 0) return from + carriage;
  return feed < 0 ? text.length : feed;
}

function behindLineEnd(text: string, end: number): number {
  return text.startsWith('\r\n', end) ? end + 2 : end + 1;
}

/** The record that starts at `start` and where it ends, or null when a quote in it is out of place. */
function cutRecord(
  text: string,
  start: number,
  syntax: FieldSyntax,
): { fields: string[]; end: number } | null {
  const fields: string[] = [];
  for (let at = start; ; ) {
    const field = text[at] === syntax.quote ? cutQuoted(text, at + 1, syntax) : cutPlain(text, at, syntax);
    if (field === null) return null;
    fields.push(field.value);
    if (text[field.end] !== syntax.delimiter) return { fields, end: field.end };
    at = field.end + (syntax.spaced && text[field.end + 1] === ' ' ? 2 : 1);
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
}

function cutPlain(text: string, start: number, { delimiter }: FieldSyntax): Field {
  let end = start;
  for (; end < text.length; end++) {
    const char = text[end];
    if (char === delimiter || char === '\n' || char === '\r') break;
  }
  return { value: text.slice(start, end), end };
}

function cutQuoted(text: string, start: number, syntax: FieldSyntax): Field | null {
  const { delimiter, quote } = syntax;
  const mark = quote ?? '';
  let value = '';
  for (let from = start; ; ) {
    const at = text.indexOf(mark, from);
    if (at < 0) return null;
    value += text.slice(from, at);
    const slashed = syntax.escape === 'backslash' && isEscaped(text, start, at);
    if (slashed || text[at + 1] === mark) {
      value += mark;
      from = at + (slashed ? 1 : 2);
      continue;
    }
    const next = text[at + 1] ?? '\n';
    return next === delimiter || next === '\n' || next === '\r' ? { value, end: at + 1 } : null;
  }
}

/** True if an odd number of backslashes stands before `at`, none of them before `start`. */
function isEscaped(text: string, start: number, at: number): boolean {
  let slashes = 0;
  while (at - slashes > start && text[at - slashes - 1] === '\\') slashes++;
  return slashes % 2 === 1;
}
