import type { CellBlock } from '../domain/cellBlock.js';
import type { ColumnProfile } from '../domain/segment.js';

const plus = 0x2b;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;

type NumberKind = 'integers' | 'decimals' | 'oddNumbers' | 'words';

/** Counts the values of a column of a block, in the records from `first` to before `end`. */
export function profileColumn(
  profile: ColumnProfile,
  cells: CellBlock,
  column: number,
  [first, end]: readonly [first: number, end: number],
  decimalComma: boolean,
): void {
  const { bytes, starts, ends, width } = cells;
  let [empty, integers, decimals, oddNumbers, words] = [0, 0, 0, 0, 0];
  for (let place = first * width + column; place < end * width; place += width) {
    const start = starts[place] ?? -1;
    const kind = start < 0 ? none : decimalComma ? unclear : glance(bytes, start, ends[place] ?? 0);
    if (kind === none) empty += 1;
    else if (kind === integer) integers += 1;
    else if (kind === decimal) decimals += 1;
    else if (kind === word && profile.word !== '') words += 1;
    else if (kind === odd && profile.oddNumber !== '') oddNumbers += 1;
    else profileCell(profile, cells.text(place) ?? '', decimalComma);
  }
  profile.empty += empty;
  profile.integers += integers;
  profile.decimals += decimals;
  profile.oddNumbers += oddNumbers;
  profile.words += words;
}

const [none, unclear, integer, decimal, odd, word] = [0, 1, 2, 3, 4, 5] as const;

/** What a value is, where that is plain to see: a short number, one that is padded, or none. */
function glance(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] ?? 0;
  if (first > nine) return word;
  const digits = first === minus ? start + 1 : start;
  let at = digits;
  while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
  const count = at - digits;
  const isPadded = bytes[digits] === zero && (count > 1 || (at === end && digits > start));
  if (at === end) {
    if (count === 0) return word;
    return isPadded ? odd : count > shortDigits ? unclear : integer;
  }
  const next = bytes[at] ?? 0;
  if (next !== dot || count === 0) return canGoOn(next, count === 0) ? unclear : word;
  const point = at;
  at += 1;
  while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
  const isShort = at === end && at > point + 1 && end - digits <= shortDigits + 1;
  return isShort && !isPadded ? decimal : unclear;
}

/** Digits of a number that any column keeps. */
const shortDigits = 15;

/** Counts a value that is not empty under what it would allow its column to be. */
export function profileCell(profile: ColumnProfile, cell: string, decimalComma = false): void {
  const kind = classify(cell);
  if (kind === 'words' && decimalComma && isCommaDecimal(cell)) profileCommaDecimal(profile, cell);
  else count(profile, kind, cell);
}

function count(profile: ColumnProfile, kind: NumberKind, cell: string): void {
  if (kind === 'integers') {
    profile.integers += 1;
    if (cell.length > 15 && digitsOf(cell) > 15) profile.longIntegers += 1;
  } else if (kind === 'decimals') {
    profile.decimals += 1;
  } else if (kind === 'oddNumbers') {
    profile.oddNumbers += 1;
    profile.oddNumber ||= cell;
  } else {
    profile.words += 1;
    profile.word ||= cell;
  }
}

function profileCommaDecimal(profile: ColumnProfile, cell: string): void {
  if (classify(cell.replace(',', '.')) === 'decimals') profile.commaDecimals++;
  else count(profile, 'oddNumbers', cell);
}

function isCommaDecimal(cell: string): boolean {
  return cell.includes(',') && /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/.test(cell);
}

function classify(cell: string): NumberKind {
  if (cell.charCodeAt(0) > nine) return 'words';
  const start = cell.charCodeAt(0) === minus ? 1 : 0;
  const end = digitsEnd(cell, start);
  if (end < cell.length) return classifyNumber(cell);
  return end === start ? 'words' : classifyInteger(cell, start);
}

function digitsEnd(cell: string, from: number): number {
  let at = from;
  while (at < cell.length && isDigit(cell.charCodeAt(at))) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

/** A quick look at the character behind the first digits, so that dates and codes are done with. */
function canGoOn(code: number, atStart: boolean): boolean {
  if (code === dot || code === 0 || isSpace(code)) return true;
  const letter = code | 0x20;
  return atStart ? code === plus : letter === 0x65 || letter === 0x78;
}

/** The white space that SQLite passes over around a number. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function digitsOf(integer: string): number {
  return integer.charCodeAt(0) === minus ? integer.length - 1 : integer.length;
}

/** `cell` is digits from `start` on, perhaps with a minus before them. */
function classifyInteger(cell: string, start: number): NumberKind {
  if (cell.charCodeAt(start) === zero) return cell === '0' ? 'integers' : 'oddNumbers';
  const digits = cell.length - start;
  if (digits < 19) return 'integers';
  return digits === 19 && fits64Bits(cell, start) ? 'integers' : 'oddNumbers';
}

function fits64Bits(cell: string, start: number): boolean {
  const limit = start === 1 ? '9223372036854775808' : '9223372036854775807';
  return cell.slice(start) <= limit;
}

/** A number as SQLite sees one: it does not look beyond a NUL. */
const number = /^[\t-\r ]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[\t-\r ]*(?:\0|$)/;
const hexadecimal = /^[\t-\r ]*[+-]?0[xX][\dA-Fa-f]+[\t-\r ]*$/;
const plainDecimal = /^-?(0|[1-9]\d*|(?=\.))(\.?)(\d*)(?:[eE]([+-]?)\d+)?$/;

/** `cell` is no integer but starts as a number would. */
function classifyNumber(cell: string): NumberKind {
  if (!number.test(cell)) return hexadecimal.test(cell) ? 'oddNumbers' : 'words';
  const [, whole = '', point = '', fraction = '', sign] = plainDecimal.exec(cell) ?? [];
  const marked = point === '.' || (sign !== undefined && sign !== '');
  return marked && keepsItsValue(cell, whole + fraction) ? 'decimals' : 'oddNumbers';
}

/** True if a double says what `cell` says: at most 15 significant digits, neither infinite nor lost to zero. */
function keepsItsValue(cell: string, mantissa: string): boolean {
  const significant = mantissa.replace(/^0+/, '');
  if (significant === '') return true;
  const size = Math.abs(Number(cell));
  return significant.length <= 15 && size >= smallestNormal && size <= Number.MAX_VALUE;
}

/** Below it a double has fewer than 15 digits. */
const smallestNormal = 2 ** -1022;
