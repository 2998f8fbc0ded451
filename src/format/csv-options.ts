import type { Encoding } from '../domain/settings.js';
import type { Dialect } from './dialect.js';

/** How a CSV file is read. Plain data. */
export interface CsvOptions {
  readonly dialect: Dialect;
  /** What the bytes were transcoded from; offsets are given in it. */
  readonly encoding: Encoding;
  /** Bytes of the file before the first that is pushed. */
  readonly markLength: number;
  /** A larger record is a reject. */
  readonly maxRecordBytes: number;
  readonly pad: boolean;
  readonly nulls: readonly string[];
  /** The row below the header is none of the records. */
  readonly skipUnits: boolean;
  readonly decimalComma: boolean;
  /** Bytes that are read at a time; fewer are for tests. */
  readonly blockBytes?: number;
}
