import { isUtf8 } from 'node:buffer';
import { countLineEnds } from './lines.js';
import type { Cell } from './record.js';

/** True if each row has `width` fields; empty ones beyond are no fault. */
export function haveWidth(rows: readonly string[][], width: number): boolean {
  return rows.every((row) => hasWidth(row, width));
}

function hasWidth(row: readonly string[], width: number): boolean {
  return row.length === width || (row.length > width && isEmptyFrom(row, width));
}

/** True if the rows account for all line ends of their block: no blank lines stand between them. */
export function fillLines(rows: readonly string[][], lines: number): boolean {
  if (rows.length === lines) return true;
  return rows.reduce((sum, row) => sum + 1 + lineEndsIn(row), 0) === lines;
}

function isEmptyFrom(row: readonly string[], from: number): boolean {
  for (let index = from; index < row.length; index++) if (row[index] !== '') return false;
  return true;
}

/** What keeps a record from being stored, or null. */
export function problemOf(
  content: Buffer,
  fields: readonly string[],
  width: number,
): { code: 'csv_syntax' | 'encoding'; message: string } | null {
  if (content.includes(0)) return { code: 'csv_syntax', message: 'The record holds a NUL byte' };
  if (!isUtf8(content)) return { code: 'encoding', message: 'The record is not valid UTF-8' };
  if (hasWidth(fields, width)) return null;
  const much = fields.length < width ? 'few' : 'many';
  return {
    code: 'csv_syntax',
    message: `Too ${much} fields: the header has ${width}, the record ${fields.length}`,
  };
}

/** Turns a row into cells, in place; empty fields beyond the header's are cut off. */
export function toCells(row: string[], width: number): Cell[] {
  const cells: Cell[] = row;
  if (cells.length > width) cells.length = width;
  for (let index = 0; index < width; index++) if (cells[index] === '') cells[index] = null;
  return cells;
}

export function lineEndsIn(row: readonly string[]): number {
  let lines = 0;
  for (const field of row) lines += countLineEnds(field);
  return lines;
}

export function fromLatin1(field: string): string {
  return Buffer.from(field, 'latin1').toString('utf8');
}
