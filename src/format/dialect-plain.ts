import type { CellBlock } from '../domain/cellBlock.js';
import { kindOf } from './cell-kind.js';
import { BlockCutter, type CutRecords, shapeAhead } from './csv-cutter.js';
import { terminated } from './csv-scan.js';
import { type Dialect, delimiters } from './dialect.js';
import { askedRows } from './header.js';
import { sampleRows } from './sample-rows.js';

/** Rows without which the header alone says how wide a record is. */
const fewestRows = 3;
/** Columns from which on the other cells of a row outweigh two that a decimal comma has cut. */
const fewestBesideCommas = 4;
/** Records from which on one in so many, where another delimiter stands, is too few for it to be meant. */
const fewestBesideRare = 8;
const rareShare = 4;
/** Columns of numbers that are asked before the layout is looked for in full. */
const mostWitnesses = 3;

const quote = 0x22;
const apostrophe = 0x27;
const backslash = 0x5c;
/** Where fields may begin, whatever the delimiter. */
const openingApostrophes = [...'\n\r,;\t|'].map((before) => `${before}'`);
const escapedQuotes = ['\\"', "\\'"];
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;

/**
 * A table that begins with its header on the first line, of names that cannot be values, above at least one column of
 * numbers: where a further sample begins with the same header, that its dialect is the same can be seen without looking
 * for it. What `recordsOf` affirms, `findDialect` affirms; it may deny what that affirms.
 */
export class PlainTable {
  readonly #header: Buffer;
  readonly #names: readonly Buffer[];
  readonly #cutter: BlockCutter;
  readonly #delimiter: string;
  /** Columns that held nothing but numbers. */
  readonly #witnesses: readonly number[];
  /** Those of them whose names hold digits: over other values such a name might be one of them. */
  readonly #doubtful: readonly number[];

  private constructor(
    header: string,
    names: readonly string[],
    dialect: Dialect,
    witnesses: readonly number[],
    readonly hasRivals: boolean,
  ) {
    this.#header = Buffer.from(header);
    this.#names = names.map((name) => Buffer.from(name));
    this.#delimiter = dialect.delimiter;
    this.#cutter = new BlockCutter(dialect, shapeAhead(names.length));
    this.#doubtful = witnesses.filter((column) => hasDigit(names[column] ?? ''));
    this.#witnesses = witnesses.slice(0, mostWitnesses);
  }

  /**
   * The table at the top of a sample, or null when it is not plain. `header` is its first line, the line end included;
   * `hasRivals`: other delimiters are tried, too.
   */
  static of(sample: string, header: string, dialect: Dialect, hasRivals: boolean): PlainTable | null {
    const { firstLine, width, spaced, quote, escape: written } = dialect;
    const isCut = !spaced && quote === '"' && written === 'doubled';
    const [top, ...below] = sampleRows(sample, dialect, askedRows + 1);
    const names = top?.fields ?? [];
    if (!isCut || firstLine !== 1 || width !== names.length || width < 3 || !names.every(isName)) return null;
    const witnesses = names.flatMap((_, column) =>
      below.every(({ fields }) => kindOf(fields[column] ?? '') === 'number') ? [column] : [],
    );
    const isSure = names.every((name, column) => !hasDigit(name) || witnesses.includes(column));
    if (below.length === 0 || witnesses.length === 0 || !isSure) return null;
    return new PlainTable(header, names, dialect, witnesses, hasRivals);
  }

  /**
   * The records of a sample of whole lines, UTF-8, if it has this table alone, of which every record fits; else null.
   */
  recordsOf(sample: Buffer, cells: CellBlock): CutRecords | null {
    const header = this.#header;
    if (sample.length <= header.length || sample.compare(header, 0, header.length, 0, header.length) !== 0)
      return null;
    if (this.#mayBeOtherwise(sample)) return null;
    const records = terminated(sample.subarray(header.length));
    if (this.#cutter.cut(records, 2, cells) < records.length || cells.records < fewestRows) return null;
    const isNumbers = (column: number) => isNumeric(cells, column);
    const isAgain =
      this.#witnesses.some(isNumbers) &&
      this.#doubtful.every(isNumbers) &&
      !this.#repeatsName(cells) &&
      !this.#mayHaveRival(sample, cells);
    return isAgain ? { cells, bytes: records.length } : null;
  }

  /** Whether other quotes, other escapes or spaces behind delimiters may be meant: the text is to be looked at. */
  #mayBeOtherwise(sample: Buffer): boolean {
    const has = (signs: string) => sample.includes(signs);
    if (sample.includes(apostrophe) && openingApostrophes.some(has)) return true;
    if (sample.includes(backslash) && escapedQuotes.some(has)) return true;
    return has(`${this.#delimiter} `) && !has(`${this.#delimiter}"`);
  }

  /** Whether another delimiter may cut the sample as well: none that stands nowhere in it does. */
  #mayHaveRival(sample: Buffer, cells: CellBlock): boolean {
    const isThere = (other: string) => other !== this.#delimiter && sample.includes(other);
    const present = this.hasRivals ? delimiters.filter(isThere) : [];
    if (present.length === 0) return false;
    const found = this.#header.some((byte) => isOneOf(byte, present)) ? null : standingIn(cells, present);
    if (found === null) return true;
    // Of the cells that a comma cuts, but for two, each holds a delimiter then, which speaks against it.
    const areCommas = present.length === 1 && present[0] === ',' && found.mostInCell === 1;
    if (areCommas && this.#names.length >= fewestBesideCommas) return false;
    return cells.records < fewestBesideRare || found.records * rareShare > cells.records;
  }

  /** Whether a cell says what the header says above it, which would speak against the header. */
  #repeatsName(cells: CellBlock): boolean {
    return this.#names.some((name, column) => isIn(cells, column, name));
  }
}

/** Whether a text stands in a column, as far as a header is asked about it. */
function isIn({ starts, ends, bytes, records, width }: CellBlock, column: number, text: Buffer): boolean {
  const { length } = text;
  const first = text[0];
  const behind = Math.min(records, askedRows) * width;
  for (let place = column; place < behind; place += width) {
    const start = starts[place] ?? 0;
    const end = ends[place] ?? 0;
    if (end - start !== length || bytes[start] !== first) continue;
    if (bytes.compare(text, 0, length, start, end) === 0) return true;
  }
  return false;
}

/** How often some characters stand in a cell at most, and in how many records; null where cells look odd, too. */
function standingIn(
  { starts, ends, bytes, records, width }: CellBlock,
  characters: readonly string[],
): { readonly mostInCell: number; readonly records: number } | null {
  let mostInCell = 0;
  let holding = 0;
  for (let record = 0; record < records; record += 1) {
    let held = 0;
    for (let place = record * width; place < (record + 1) * width; place += 1) {
      const start = starts[place] ?? -1;
      const end = ends[place] ?? 0;
      if (start < 0 || start === end) continue;
      if (mayBeBlank(bytes[start]) || mayBeBlank(bytes[end - 1])) return null;
      let count = 0;
      for (let at = start; at < end; at += 1) {
        const byte = bytes[at] ?? 0;
        if (byte === quote || byte === 0x0a || byte === 0x0d) return null;
        if (isOneOf(byte, characters)) count += 1;
      }
      mostInCell = Math.max(mostInCell, count);
      held += count;
    }
    if (held > 0) holding += 1;
  }
  return { mostInCell, records: holding };
}

function isOneOf(byte: number, characters: readonly string[]): boolean {
  return characters.some((character) => character.charCodeAt(0) === byte);
}

/** Whether a byte may be of a character that is trimmed. */
function mayBeBlank(byte = 0): boolean {
  return byte <= 0x20 || byte >= 0x80;
}

/** Whether a cell of a header can name a column and be no value, nor a comment. */
function isName(cell: string): boolean {
  return ['text', 'code'].includes(kindOf(cell)) && !cell.startsWith('#');
}

function hasDigit(text: string): boolean {
  return /\d/.test(text);
}

/** Whether the cells of a column, as far as a header is asked about them, are plain numbers. */
function isNumeric({ starts, ends, bytes, records, width }: CellBlock, column: number): boolean {
  const behind = Math.min(records, askedRows) * width;
  for (let place = column; place < behind; place += width) {
    const end = ends[place] ?? 0;
    let at = starts[place] ?? 0;
    if (bytes[at] === minus) at += 1;
    const digits = at;
    while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
    if (at === digits) return false;
    if (bytes[at] === dot && at < end) at += 1;
    while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
    if (at < end) return false;
  }
  return true;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}
