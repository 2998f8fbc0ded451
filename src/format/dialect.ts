import { type CellKind, kindOf } from './cell-kind.js';
import { findLayout, fits, type GivenHeader, type Layout } from './header.js';
import { type PreambleEntry, preambleEntries } from './preamble.js';
import { type FieldSyntax, type SampleRow, sampleRows } from './sample-rows.js';

/** What is known of a dialect before the file is looked at. */
export interface GivenDialect extends GivenHeader {
  /** One character, perhaps with a space behind it that belongs to it. */
  readonly delimiter: string | 'auto';
  /** `none`: no quoting. */
  readonly quote: string | 'auto' | 'none';
  readonly escape: 'auto' | FieldSyntax['escape'];
  /** The delimiter that the file's name speaks for. */
  readonly likely: string | null;
}

/** How a CSV file is read. */
export interface Dialect extends FieldSyntax {
  /** 1-based line of the header, or of the first record where there is none. */
  readonly firstLine: number;
  readonly hasHeader: boolean;
  /** Fields of a record, where the header does not say; null: as many as it has names. */
  readonly width: number | null;
  readonly preamble: readonly PreambleEntry[];
}

export interface DialectFinding {
  readonly dialect: Dialect;
  /** Why, in words. */
  readonly reasons: readonly string[];
  /** Another delimiter that fits as well. */
  readonly tiedWith: string | null;
  /** True if what is taken for preamble may be records. */
  readonly doubtfulPreamble: boolean;
  /** True if every row fits, and under no other delimiter nearly so well. */
  readonly certain: boolean;
}

export const delimiters = [',', ';', '\t', '|'];
/** Stands in no text: the delimiter of a file of one column. */
const noDelimiter = '\u001f';
const maxRows = 500;
/** How much larger than the table at the top another must be to count instead. */
const outweighed = 8;
/** A second reading this close to the best is as good. */
const tie = 0.98;
/** A rival this many times worse leaves no doubt. */
const doubtful = 1.5;

interface Reading {
  readonly syntax: FieldSyntax;
  readonly rows: readonly SampleRow[];
  readonly width: number;
  readonly layout: Layout;
  /** Share of rows that have the table's width. */
  readonly consistency: number;
  /** True if every record has it. */
  readonly exact: boolean;
  /** How much the cells look like single values, 0 to 1. */
  readonly cleanliness: number;
  readonly score: number;
}

/**
 * Finds how a CSV file is read by a sample from its start, which is cut at a line end. The reading under which most
 * rows have one width and most cells are plain values wins. Every row counts: none is left out to make one fit.
 */
export function findDialect(sample: string, given: GivenDialect): DialectFinding {
  const readings = syntaxes(sample, given)
    .map((syntax) => readingOf(sample, syntax, given))
    .sort((a, b) => b.score - a.score);
  const [best] = readings;
  if (!best) throw new Error('no syntax was tried');
  const rival = readings.find(({ syntax }) => syntax.delimiter !== best.syntax.delimiter);
  const tied = rival && rival.width > 1 && best.width > 1 && rival.score >= best.score * tie;
  return {
    dialect: dialectOf(best),
    reasons: reasonsOf(best, rival, given),
    tiedWith: tied ? rival.syntax.delimiter : null,
    doubtfulPreamble: best.layout.doubtful === true,
    certain: best.width > 1 && best.exact && (rival?.score ?? 0) * doubtful < best.score,
  };
}

function syntaxes(sample: string, given: GivenDialect): FieldSyntax[] {
  const present = delimiters.filter((delimiter) => sample.includes(delimiter));
  const said = saidDelimiter(sample);
  const found = said === null ? [...present, noDelimiter] : [said];
  const tried = given.delimiter === 'auto' ? found : [given.delimiter];
  const quotes = given.quote === 'auto' ? quotesIn(sample) : [given.quote === 'none' ? null : given.quote];
  const escapes: FieldSyntax['escape'][] =
    given.escape !== 'auto' ? [given.escape] : /\\["']/.test(sample) ? ['doubled', 'backslash'] : ['doubled'];
  return tried.flatMap((delimiter) =>
    quotes.flatMap((quote) =>
      escapes.map((written) => ({
        delimiter: delimiter.charAt(0),
        quote,
        escape: written,
        spaced: given.delimiter === 'auto' ? isSpaced(sample, delimiter) : delimiter.endsWith(' '),
      })),
    ),
  );
}

/** The delimiter that the first line names, as spreadsheets read it: `sep=;`. */
function saidDelimiter(sample: string): string | null {
  return /^"?sep=([,;\t|])"?[\r\n]/i.exec(sample)?.[1] ?? null;
}

/** `'` quotes only where it wraps whole fields; `"` does not where it opens fields time and again but closes none. */
function quotesIn(sample: string): (string | null)[] {
  const wrapped = sample.match(/(?:^|[,;\t|])'[^'\r\n]*'(?=[,;\t|\r\n]|$)/gm) ?? [];
  const opening = sample.match(/(?:^|[,;\t|])"/gm) ?? [];
  const isLiteral = opening.length > 2 && !/(?:^|[,;\t|] ?)"[^"]*"(?=[,;\t|\r\n]|$)/m.test(sample);
  return ['"', ...(wrapped.length > 1 ? ["'"] : []), ...(isLiteral ? [null] : [])];
}

/** True if a space stands behind every delimiter of the first lines, or quoted fields open behind one. */
function isSpaced(sample: string, delimiter: string): boolean {
  if (delimiter === '\t' || !sample.includes(`${delimiter} `)) return false;
  if (sample.includes(`${delimiter}"`)) return false;
  if (/[,;|] "[^"\r\n]*"(?=[,;|\r\n]|$)/m.test(sample)) return sample.includes(`${delimiter} "`);
  const lines = sample.split(/\r\n|\r|\n/, 50).filter((line) => line.includes(delimiter));
  const isBehindAll = (line: string) =>
    line
      .split(delimiter)
      .slice(1)
      .every((field) => field.startsWith(' '));
  return lines.length > 1 && lines.every(isBehindAll);
}

function readingOf(sample: string, syntax: FieldSyntax, given: GivenDialect): Reading {
  const rows = sampleRows(sample, syntax, maxRows);
  const width = widthOf(rows, given);
  const layout = findLayout(rows, width, given);
  const above = layout.header ?? layout.first;
  const body = rows.slice(layout.first);
  const matched = body.filter((row) => !row.broken && fits(row, width));
  const headers = layout.header === null ? 0 : 1;
  const consistency = rows.length === 0 ? 1 : (matched.length + headers + above / 2) / rows.length;
  const cleanliness = cleanlinessOf(matched.slice(0, 100), width, syntax);
  // Lines above a table that has no telling header are more likely the table of another dialect.
  const doubt = above > 0 && layout.votes === 0 ? 0.6 : 1;
  const likely = syntax.delimiter === given.likely ? 1.05 : 1;
  const cut = syntax.delimiter === noDelimiter && holdsSeveral(rows[above]?.fields[0] ?? '') ? 0 : 1;
  const score = consistency * cleanliness * (1 - 0.5 / width) * doubt * likely * cut;
  const exact = matched.length === body.length;
  return { syntax, rows, width, layout, consistency, exact, cleanliness, score };
}

/**
 * The width of the table: the one whose rows hold the most fields beyond their first. Of two tables below each other
 * the first counts, unless the second is far larger; `key,value` lines do not stand against a wider table below them.
 */
function widthOf(rows: readonly SampleRow[], given: GivenDialect): number {
  const weights = new Map<number, number>();
  for (const { fields, broken } of rows) {
    if (!broken)
      weights.set(fields.length, (weights.get(fields.length) ?? 0) + Math.max(0.01, fields.length - 1));
  }
  const wide = [...weights].filter(([width, weight]) => width > 2 && weight >= width);
  const candidates = wide.length > 0 && isMetadata(rows) ? wide : [...weights];
  const most = Math.max(0, ...candidates.map(([, weight]) => weight));
  const [top] = candidates;
  if (top && top[1] * outweighed >= most && isTableAtTop(rows, top[0], given))
    return trimmedWidth(rows, top[0]);
  const [width] = candidates.find(([, weight]) => weight * 2 >= most) ?? [1];
  return trimmedWidth(rows, width);
}

/** True if the first row is a header that at least half of its columns speak for. */
function isTableAtTop(rows: readonly SampleRow[], width: number, given: GivenDialect): boolean {
  const { header, votes } = findLayout(rows, width, given);
  return header === 0 && votes >= width / 2;
}

/** True if the rows of two fields are `key,value` lines: all at the top, each key a word of its own. */
function isMetadata(rows: readonly SampleRow[]): boolean {
  const pairs = rows.filter(({ fields }) => fields.length === 2);
  const keys = pairs.map(({ fields }) => fields[0] ?? '');
  const last = rows.findLastIndex(({ fields }) => fields.length === 2);
  const leading = last < rows.length - 1 && last <= pairs.length * 2;
  return leading && new Set(keys).size === keys.length && keys.every((key) => kindOf(key) === 'text');
}

/** Without the delimiter that some writers put behind every record, which the header does not have. */
function trimmedWidth(rows: readonly SampleRow[], width: number): number {
  const body = rows.filter(({ fields }) => fields.length === width);
  const narrower = rows.some(({ fields }) => fields.length === width - 1);
  const trailing = narrower && width > 2 && body.every(({ fields }) => fields[width - 1] === '');
  return trailing ? width - 1 : width;
}

/** In prose a space follows each comma; a cell cut by anything else is most likely several. */
function holdsSeveral(cell: string): boolean {
  return /[;\t|]|,(?! )/.test(cell);
}

const cleanlinessOfKind: Readonly<Record<CellKind, number>> = {
  empty: 0.9,
  nothing: 1,
  number: 1,
  date: 1,
  code: 0.97,
  text: 0.92,
};

function cleanlinessOf(rows: readonly SampleRow[], width: number, syntax: FieldSyntax): number {
  let sum = 0;
  let count = 0;
  for (const { fields } of rows) {
    for (let column = 0; column < Math.min(width, 100); column++) {
      sum += cleanlinessOfCell(fields[column] ?? '', syntax);
      count++;
    }
  }
  return count === 0 ? 0.9 : sum / count;
}

function cleanlinessOfCell(cell: string, { delimiter, quote }: FieldSyntax): number {
  const kind = kindOf(cell);
  const clean = cleanlinessOfKind[kind];
  if (delimiter === noDelimiter && kind !== 'number' && holdsSeveral(cell)) return 0.3;
  if (cell.length > 1 && quote !== "'" && cell.startsWith("'") && cell.endsWith("'")) return 0.5;
  if (quote === null && cell.includes('"')) return 0.5;
  if (cell.startsWith('"') || cell.includes('\\"')) return 0.5;
  const foreign = delimiters.some((other) => other !== delimiter && other !== ',' && cell.includes(other));
  return clean * (foreign ? 0.6 : 1) * (cell !== cell.trim() ? 0.92 : 1);
}

function dialectOf({ syntax, rows, width, layout }: Reading): Dialect {
  const top = layout.header ?? layout.first;
  const first = rows[top];
  const preamble = rows.slice(0, top).flatMap(preambleEntries);
  const believed = isBelieved(rows.slice(layout.first), width);
  return {
    ...syntax,
    firstLine: first?.line ?? 1,
    hasHeader: layout.header !== null,
    width: layout.header === null || believed ? width : null,
    preamble,
  };
}

/** A width other than the header's counts only if nearly all of the records have it. */
function isBelieved(body: readonly SampleRow[], width: number): boolean {
  return body.length > 2 && body.filter((row) => fits(row, width)).length >= body.length * 0.9;
}

export function delimiterName(delimiter: string): string {
  return delimiter === noDelimiter ? 'none (one column)' : JSON.stringify(delimiter);
}

function reasonsOf(best: Reading, rival: Reading | undefined, given: GivenDialect): string[] {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const name = (reading: Reading) => delimiterName(reading.syntax.delimiter);
  const found = `delimiter ${name(best)}: ${percent(best.consistency)} of ${best.rows.length} rows have ${best.width} fields, cells ${percent(best.cleanliness)} clean, score ${best.score.toFixed(2)}`;
  const next = `next best ${rival && name(rival)}: ${rival && percent(rival.consistency)} have ${rival?.width} fields, score ${rival?.score.toFixed(2)}`;
  return [
    given.delimiter === 'auto' ? found : `delimiter ${name(best)}, as set`,
    ...(rival ? [next] : []),
    best.layout.reason,
  ];
}
