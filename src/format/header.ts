import { type CellKind, kindOf } from './cell-kind.js';
import type { SampleRow } from './sample-rows.js';

/** Where the table of a file begins in its sample. */
export interface Layout {
  /** Index of the header among the rows; null: there is none. */
  readonly header: number | null;
  /** Index of the first record. */
  readonly first: number;
  /** Columns whose values tell the header from them. */
  readonly votes: number;
  /** True if the rows above, of the table's width and without a gap, may be records, too. */
  readonly doubtful?: boolean;
  /** Why, in words. */
  readonly reason: string;
}

/** What is said of a file's header: whether there is one, or the line it stands on. */
export interface GivenHeader {
  readonly header: 'auto' | boolean | number;
  /** False: nothing stands above the table. */
  readonly preamble: boolean;
}

/** Rows below a header that are asked about it. */
export const askedRows = 200;
/** Rows among which the table's first one is looked for. */
const searchedRows = 100;
/** Rows below a title among which the table must begin. */
const askedTitles = 30;

/** Finds header and first record of a table of `width` columns. */
export function findLayout(rows: readonly SampleRow[], width: number, given: GivenHeader): Layout {
  if (typeof given.header === 'number') return layoutAtLine(rows, given.header);
  const start = given.preamble ? firstOfTable(rows, width) : 0;
  if (given.header === false) return { header: null, first: start, votes: 0, reason: 'no header, as set' };
  const above = headerOfOtherWidth(rows, start, width);
  if (above !== null) return above;
  const at = given.preamble ? afterMetadata(rows, start, width) : start;
  const { header, data, reason } = ask(rows, at, width);
  if (given.header === true || header) {
    const doubtful = at > start && rows[at]?.afterGap === false;
    return { header: at, first: at + 1, votes: data.forHeader, doubtful, reason };
  }
  return { header: null, first: given.preamble ? withSparse(rows, at, width) : at, votes: 0, reason };
}

/** The first of the records without a header, also where those at the top are filled as sparsely as titles. */
function withSparse(rows: readonly SampleRow[], first: number, width: number): number {
  const row = rows[first - 1];
  if (!row || row.broken || rows[first]?.afterGap || !fits(row, width)) return first;
  const { forHeader, forData } = ask(rows, first - 1, width).data;
  return forHeader === 0 && forData > 0 ? withSparse(rows, first - 1, width) : first;
}

function layoutAtLine(rows: readonly SampleRow[], line: number): Layout {
  const header = rows.findIndex((row) => row.line >= line);
  const at = header < 0 ? rows.length : header;
  return { header: at, first: at + 1, votes: 1, reason: `header on line ${line}, as set` };
}

/** True if a row has `width` fields; blank ones beyond do not count. */
export function fits({ fields }: SampleRow, width: number): boolean {
  return fields.length >= width && fields.slice(width).every((field) => field.trim() === '');
}

function filled({ fields }: SampleRow): number {
  return fields.reduce((count, field) => count + (field.trim() === '' ? 0 : 1), 0);
}

/** The first row that is as wide as the table and neither a padded title nor a comment. */
function firstOfTable(rows: readonly SampleRow[], width: number): number {
  const last = Math.min(rows.length, searchedRows);
  for (let at = 0; at < last; at++) {
    const row = rows[at];
    if (!row || !fits(row, width) || (at === 0 && namesDelimiter(row))) continue;
    if (!isTitle(rows, at, width) && !isComment(rows, at, width)) return at;
  }
  return 0;
}

/** `sep=;`, which tells spreadsheets the delimiter. */
function namesDelimiter({ fields: [first = '', ...others] }: SampleRow): boolean {
  return /^sep=.?$/i.test(first) && others.every((field) => field === '');
}

/** A `key,value` line that was filled up to the width of the table, above a header. */
function isPaddedPair(rows: readonly SampleRow[], at: number, width: number): boolean {
  const isPair = (row: SampleRow | undefined) => row?.fields.slice(2).every((field) => field.trim() === '');
  if (width < 3 || !isPair(rows[at])) return false;
  const below = rows.findIndex((row, place) => place > at && fits(row, width) && !isPair(row));
  const header = rows[below];
  if (!header || below - at > askedTitles || filled(header) < Math.max(3, width / 2)) return false;
  return votesAt(rows, below, width) > 0;
}

/** A row of a wide table with hardly a cell filled, above rows with many. */
function isTitle(rows: readonly SampleRow[], at: number, width: number): boolean {
  const row = rows[at];
  if (!row) return false;
  const own = filled(row);
  if (own === 0 || isPaddedPair(rows, at, width)) return true;
  if (width < 3 || own > width / 3) return false;
  const below = rows.slice(at + 1, at + askedTitles).filter((other) => fits(other, width));
  return below.some((other) => filled(other) >= Math.max(2, own * 2));
}

/** A row that starts with `#`, unless it is the names above the first record. */
function isComment(rows: readonly SampleRow[], at: number, width: number): boolean {
  if (!rows[at]?.fields[0]?.startsWith('#')) return false;
  const next = rows[at + 1];
  if (!next || next.fields[0]?.startsWith('#')) return true;
  return !ask(rows, at, width).header;
}

/** A header with more or fewer names than the records have fields, directly above them. */
function headerOfOtherWidth(rows: readonly SampleRow[], start: number, width: number): Layout | null {
  const row = rows[start - 1];
  const first = rows[start];
  if (!row || !first || first.afterGap || row.broken || width < 3) return null;
  const names = row.fields.length;
  if (names < 2 || Math.abs(names - width) > Math.max(1, width / 4)) return null;
  const named = row.fields.filter((field) => ['text', 'code'].includes(kindOf(field))).length;
  if (named < names * 0.7 || ask(rows, start, width).data.forHeader > 0) return null;
  const reason = `line ${row.line} names ${names} columns above records of ${width} fields`;
  return { header: start - 1, first: start, votes: 1, reason };
}

/** In a table of two columns, `key,value` lines above it look like rows of it: the header follows them. */
function afterMetadata(rows: readonly SampleRow[], start: number, width: number): number {
  const last = Math.min(rows.length - 1, start + searchedRows);
  if (votesAt(rows, start, width) > 0 && width !== 2) return start;
  for (let at = start + 1; at < last; at++) {
    const row = rows[at];
    if (!row || !fits(row, width)) return start;
    const apart = row.afterGap || (width === 2 && at - start > 1);
    if (apart && namesAnew(rows, start, at) && votesAt(rows, at, width) === width) return at;
    if (isData(row)) return start;
  }
  return start;
}

/** Whether the cells of a row are said once and by none of the rows above it, as names are and values may not be. */
function namesAnew(rows: readonly SampleRow[], start: number, at: number): boolean {
  const above = new Set(rows.slice(start, at).flatMap(({ fields }) => fields));
  const names = rows[at]?.fields.filter((field) => field !== '') ?? [];
  return new Set(names).size === names.length && names.every((name) => !above.has(name));
}

function isData({ fields }: SampleRow): boolean {
  return fields.every((field) => ['number', 'date', 'empty', 'nothing'].includes(kindOf(field)));
}

function votesAt(rows: readonly SampleRow[], at: number, width: number): number {
  const { forHeader, forData } = ask(rows, at, width).data;
  return forData > 0 ? 0 : forHeader;
}

interface Votes {
  forHeader: number;
  forData: number;
}

/** Asks each column whether the row at `at` is one of its values or names them. */
function ask(
  rows: readonly SampleRow[],
  at: number,
  width: number,
): { header: boolean; data: Votes; reason: string } {
  const row = rows[at];
  const below = rows.slice(at + 1, at + 1 + askedRows).filter((other) => !other.broken && fits(other, width));
  const data: Votes = { forHeader: 0, forData: 0 };
  const against: string[] = [];
  if (!row) return { header: false, data, reason: 'the file is empty' };
  for (let column = 0; column < width; column++) {
    const cell = row.fields[column] ?? '';
    const vote = voteOf(
      cell,
      below.map(({ fields }) => fields[column] ?? ''),
    );
    data.forHeader += Math.max(0, vote);
    data.forData += Math.max(0, -vote);
    if (vote < 0) against.push(cell);
  }
  const header = isHeader(row, below.length, data, against);
  return { header, data, reason: reasonOf(header, row, data) };
}

function reasonOf(header: boolean, row: SampleRow, { forHeader, forData }: Votes): string {
  const votes = `${forHeader} columns for it, ${forData} against`;
  return header
    ? `header on line ${row.line}: ${votes}`
    : `no header: line ${row.line} is a record (${votes})`;
}

function isHeader(row: SampleRow, below: number, votes: Votes, against: readonly string[]): boolean {
  if (votes.forHeader > 0) return votes.forHeader >= votes.forData || areLabels(against);
  if (votes.forData > 0) return votes.forData >= 1 && areYears(against);
  if (below > 0) return row.fields.some((field) => field.trim() !== '');
  return row.fields.some((field) => kindOf(field) === 'text' || kindOf(field) === 'code');
}

/** Numbers that name columns: whole ones, each larger than the one before. */
function areLabels(cells: readonly string[]): boolean {
  const values = cells.map(Number);
  return values.every((value, index) => Number.isInteger(value) && value > (values[index - 1] ?? -1));
}

function areYears(cells: readonly string[]): boolean {
  const years = cells.every((cell) => /^(?:19|20)\d\d$/.test(cell.trim()));
  return years && cells.length > 1 && areLabels(cells);
}

/** Positive: the cell names the values below; negative: it is one of them. */
function voteOf(cell: string, below: readonly string[]): number {
  const kinds = below.map(kindOf).filter((kind) => kind !== 'empty' && kind !== 'nothing');
  const own = kindOf(cell);
  if (kinds.length === 0 || own === 'empty' || own === 'nothing') return 0;
  const share = (...wanted: CellKind[]) =>
    kinds.filter((kind) => wanted.includes(kind)).length / kinds.length;
  for (const kind of ['number', 'date'] as const) {
    if (share(kind) >= 0.8) return own === kind ? -1 : own === 'text' || own === 'code' ? 1 : 0;
  }
  if (share('number', 'date', 'code') >= 0.9) return /\d/.test(cell) ? -0.5 : 0.5;
  return kinds.length > 1 && below.includes(cell) ? -0.5 : 0;
}
