import { isUtf8 } from 'node:buffer';
import { countLineEnds } from './lines.js';
import { type Cell, flatRecord, type ReadRecord, type RecordProblem } from './record.js';

/** What the records of a file must look like. */
export interface RowShape {
  /** Columns of the table. */
  readonly columns: number;
  /** Fields that a record has: as many as there are columns, or fewer where the header names more. */
  readonly fields: number;
  /** Fills up records with too few fields. */
  readonly pad: boolean;
  /** Texts that stand for no value. */
  readonly nulls: ReadonlySet<string>;
}

/** True if each row fits. */
export function allFit(rows: readonly string[][], shape: RowShape): boolean {
  return rows.every((row) => row.length === shape.columns || rowFits(row, shape));
}

/** True if a row has a field for each column; blank ones beyond are no fault. */
export function rowFits(row: readonly string[], { columns, fields, pad }: RowShape): boolean {
  if (row.length <= columns) return row.length === columns || row.length === fields || pad;
  for (let index = columns; index < row.length; index++) if (row[index]?.trim() !== '') return false;
  return true;
}

/** True if the rows account for all line ends of their block: no blank lines stand between them. */
export function fillLines(rows: readonly string[][], lines: number): boolean {
  if (rows.length === lines) return true;
  return rows.reduce((sum, row) => sum + 1 + lineEndsIn(row), 0) === lines;
}

/** What keeps a record's bytes from being read, or null. */
export function byteProblem(content: Buffer): RecordProblem | null {
  if (content.includes(0)) {
    return {
      code: 'nul',
      column: null,
      message:
        'The record holds a NUL byte. Check that the file is whole, or set "csv.encoding" to utf-16le or utf-16be.',
    };
  }
  if (isUtf8(content)) return null;
  return {
    code: 'encoding',
    column: null,
    message: 'The record does not decode. Save the file as UTF-8, or set "csv.encoding" to the one it has.',
  };
}

/** What is wrong with a row that does not fit. */
export function widthProblem(row: readonly string[], { columns }: RowShape): RecordProblem {
  const few = row.length < columns;
  const remedy = few
    ? 'Mend the record, or set "ragged": "pad" to fill up short ones.'
    : 'Quote the field that holds a delimiter, or set "csv.delimiter".';
  return {
    code: few ? 'too_few_fields' : 'too_many_fields',
    column: null,
    message: `Too ${few ? 'few' : 'many'} fields: the header has ${columns}, the record ${row.length}. ${remedy}`,
  };
}

/** Turns a row into cells, in place: as many as there are columns. */
export function toCells(row: string[], { columns, nulls }: RowShape): Cell[] {
  const cells: (Cell | undefined)[] = row;
  if (cells.length > columns) cells.length = columns;
  for (let index = 0; index < columns; index++) {
    const cell = cells[index];
    if (cell === undefined || (cell !== null && nulls.has(cell))) cells[index] = null;
  }
  return cells as Cell[];
}

/** Rows that follow one another from a line on as records; `multiline`: fields hold line ends. */
export function recordsOf(
  rows: string[][],
  shape: RowShape,
  firstLine: number,
  multiline: boolean,
): ReadRecord[] {
  let line = firstLine;
  return rows.map((row) => {
    const start = line;
    line += 1 + (multiline ? lineEndsIn(row) : 0);
    return flatRecord(toCells(row, shape), start);
  });
}

function lineEndsIn(row: readonly string[]): number {
  let lines = 0;
  for (const field of row) lines += countLineEnds(field);
  return lines;
}
