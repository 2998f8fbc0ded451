/**
 * A segment is a SQLite file that a parser thread fills and the store empties: one row table per column shape,
 * one table of rejects. Its tables are named here because the thread writes them and the store reads
 * them; no data table can have such a name, which it would hide.
 *
 * `_ingest_rows_<shape>(n INTEGER PRIMARY KEY, line INTEGER, identity BLOB, c0, c1, …)`, values as text or NULL, with
 * an identity if the record is known by its key;
 * `n` grows over the records of the whole segment; those of a file stand in stretches of it, over all tables.
 * The rows of child tables have `(m INTEGER PRIMARY KEY, line, record, parent, place, c0, c1, …)` instead: `m` grows
 * over them in the same way, `record` is the `n` of their record, `parent` the `m` of the row they lie in, or NULL where
 * that is the record itself, and `place` is their place in their list, from 0.
 * `_ingest_segment_rejects(id INTEGER PRIMARY KEY, file, line, byte_offset, column_name, code, message, raw)`, `file` is a number of the file's.
 */
export function rowsTable(shape: number): string {
  return `_ingest_rows_${shape}`;
}

/**
 * The identities of records that are known by all they say: `_ingest_segment_identities(first_n, identities)`, each
 * blob those of consecutive records of one file; the first of a file begins a blob.
 */
export const identitiesTable = '_ingest_segment_identities';

/** Bytes of an identity: 128 bits of a hash. */
export const identityBytes = 16;
/** Identities in a blob, so that it fits into a page of SQLite's. */
export const identitiesPerBlock = 250;

/**
 * What is listed of a file, its rejects and its preamble, has one range of ids in its table, so that nothing else is looked
 * at: those from `first` to `last`.
 */
export function listingRange(file: number): { readonly first: number; readonly last: number } {
  return { first: file * 2 ** 40, last: (file + 1) * 2 ** 40 - 1 };
}

export const rejectsTable = '_ingest_segment_rejects';

/** What types the values of a column would allow; counts of non-empty values but for `empty`. */
export interface ColumnProfile {
  empty: number;
  /** Canonical 64-bit integers: `0`, `-12`; no sign `+`, no padding. */
  integers: number;
  /** Canonical integers of more than 15 digits: a REAL would round them. */
  longIntegers: number;
  /** Decimals of at most 15 significant digits. */
  decimals: number;
  /** The same with a comma for the point, in a file where that may be. */
  commaDecimals: number;
  /** Numbers that a numeric column would mangle: `007`, `+1`, ` 12`, `12E4`, `0x1F`, 20 digits. */
  oddNumbers: number;
  words: number;
  /** The first of the odd numbers, and of the words; '' while there is none. */
  oddNumber: string;
  word: string;
}

/** Counts of a profile. */
export const profileCounts = 7;

/** Adds the counts of a profile to others, in the order in which `profileFrom` reads them. */
export function pushCounts(profile: ColumnProfile, counts: number[]): void {
  const { empty, integers, longIntegers, decimals, commaDecimals, oddNumbers, words } = profile;
  counts.push(empty, integers, longIntegers, decimals, commaDecimals, oddNumbers, words);
}

/** The profile of which the counts stand at `at` and what follows. */
export function profileFrom(counts: ArrayLike<number>, at: number, oddNumber = '', word = ''): ColumnProfile {
  return {
    empty: counts[at] ?? 0,
    integers: counts[at + 1] ?? 0,
    longIntegers: counts[at + 2] ?? 0,
    decimals: counts[at + 3] ?? 0,
    commaDecimals: counts[at + 4] ?? 0,
    oddNumbers: counts[at + 5] ?? 0,
    words: counts[at + 6] ?? 0,
    oddNumber,
    word,
  };
}

/** What stands above the records of each file: `_ingest_segment_preamble(id, file, key, value)`, in file order. */
export const preambleTable = '_ingest_segment_preamble';

/** The columns of one row table; `columns[i]` is stored as `c<i>`. */
export interface Shape {
  readonly columns: readonly string[];
  /** A comma may stand for the decimal point. */
  readonly decimalComma: boolean;
  /** The keys that lead to the lists of which it has the objects, as one text; null: it has records. */
  readonly list: string | null;
}

/** That of no rows. */
export const noShape: Shape = { columns: [], decimalComma: false, list: null };

/** The columns of one table in the order they appear in a file, with profiles over the whole file. */
export type ProfiledColumns = readonly { readonly name: string; readonly profile: ColumnProfile }[];

/** One file's rows of a child table. */
export interface ChildPart {
  /** The place among the file's child tables of the one that its lists lie in; -1: they lie in the records. */
  readonly parent: number;
  /** The keys that lead from the record to the lists; each part has its own. */
  readonly path: readonly string[];
  /** What the list would be called as a column of its parent. */
  readonly field: string;
  readonly shapes: readonly number[];
  readonly columns: ProfiledColumns;
}

/** Records of a file that follow one another, and the rows of child tables that came with them. */
export interface Stretch {
  /** First value of `n`; the records are `firstN … firstN + stored - 1`. */
  readonly firstN: number;
  readonly stored: number;
  /** First value of `m`; the rows are `firstM … firstM + childRows - 1`. */
  readonly firstM: number;
  readonly childRows: number;
}

/** One file's part of a segment. */
export interface SegmentFile {
  /** Its number in the tables of rejects and preambles. */
  readonly file: number;
  /** In the order of the file; several where threads shared it. */
  readonly stretches: readonly Stretch[];
  /** Records that stand in row tables. */
  readonly stored: number;
  /** Records that stand in the table of rejects. */
  readonly rejected: number;
  /** Entries that stand in the table of preambles. */
  readonly preamble: number;
  /** The shapes its records use. */
  readonly shapes: readonly number[];
  readonly columns: ProfiledColumns;
  /** Rows of child tables. */
  readonly childRows: number;
  /** Parents before their children. */
  readonly children: readonly ChildPart[];
}

export function emptyProfile(): ColumnProfile {
  return profileFrom([], 0);
}
