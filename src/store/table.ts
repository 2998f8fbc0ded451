import type { ColumnType } from './columnType.js';

export interface Column {
  readonly name: string;
  type: ColumnType;
  /** True while the column has held nothing but empty cells; the first value decides its type. */
  undecided: boolean;
  /** True once a file with integers of more than 15 digits was admitted, even while its rows are on their way. */
  longIntegers: boolean;
  /** True for a column that the user made, until a file fills it. */
  byUser?: boolean;
}

/** A data table as the store knows it. */
export interface Table {
  readonly name: string;
  /** By folded name; without the columns every data table starts with. */
  readonly columns: Map<string, Column>;
}

/** What a file's values had to say about the type of a column. */
export interface ColumnFinding {
  readonly table: string;
  readonly column: string;
  /** `widened`: the type would have mangled a value; `words`: a numeric column holds text. */
  readonly kind: 'widened' | 'words';
  readonly from: ColumnType;
  readonly to: ColumnType;
  /** Words among the file's values. */
  readonly words: number;
  /** One of the values that made the difference, or ''. */
  readonly example: string;
}

/** Columns every data table starts with. */
export const ownColumns = ['_id', '_file_id', '_line'] as const;

/** Columns every child table starts with: its parent's `_id`, and its place in the list, from 0. */
export const childColumns = [...ownColumns, '_parent_id', '_index'] as const;

/** A file's range of record ids, both ends included. */
export interface RecordRange {
  readonly first: number;
  readonly last: number;
}

/** Work in steps of bounded length; the caller may do something else, or give up, between two of them. */
export type Steps<T> = Generator<unknown, T>;
