import type { Dedupe } from './settings.js';

/** How the fields of a CSV file were told apart. */
export interface CsvReading {
  readonly delimiter: string;
  readonly spaced: boolean;
  readonly quote: string | null;
  readonly escape: 'doubled' | 'backslash';
  /** Fields of a record; the header may name more columns. */
  readonly fields: number;
  /** A comma may stand for the decimal point. */
  readonly decimalComma: boolean;
}

/** How the records of a file were read. Plain data. */
export interface RecordReading {
  /** null: JSON. */
  readonly csv: CsvReading | null;
  /** Dialect and encoding for people, and whether they were found or set. */
  readonly assumed: string;
  /** In the order of the file, its constants before them. */
  readonly columns: readonly string[];
  /** Columns with one value for the whole file. */
  readonly constants: readonly (readonly [name: string, value: string])[];
  /** What stood above the records and is part of their identity. */
  readonly preamble: readonly { readonly key: string; readonly value: string }[];
  /** Its records hold lists that became rows of child tables; the text of one record is not all of it then. */
  readonly lists: boolean;
}

/** How the records of a file were read and told apart: with it the text of one is read again without the file. */
export interface Reading extends RecordReading {
  readonly dedupe: Dedupe;
  readonly key: readonly string[];
}
