import type { PreambleEntry } from './preamble.js';

/** Text as read; null: empty, absent or JSON `null`. */
export type Cell = string | null;

/** Why a record cannot be stored. Stored in the rejects, so a code is never renamed. */
export type RejectCode =
  | 'too_few_fields'
  | 'too_many_fields'
  | 'broken_quote'
  | 'record_too_large'
  | 'nul'
  | 'encoding'
  | 'json_syntax'
  | 'no_key'
  | 'invalid_value';

/** What the receiver of a record has against it. */
export interface RecordProblem {
  readonly code: RejectCode;
  readonly column: string | null;
  readonly message: string;
}

/** A record that cannot be stored. */
export interface RecordReject extends RecordProblem {
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** 0-based offset of the record in the file, a byte order mark included; null where it is not known. */
  readonly byteOffset: number | null;
  /** The record as it stands in the file, without its line end; undecodable bytes as `\xHH`. */
  readonly raw: string;
}

/** Receives what a reader finds, in file order. */
export interface RecordSink {
  /** Announces what stands above the records, before the columns. */
  preamble(entries: readonly PreambleEntry[]): void;
  /**
   * Announces the columns of the records that follow: before the first record, and again whenever one is
   * added. A later list always extends the earlier one. With `decimalComma` a comma may stand for the point.
   */
  columns(names: readonly string[], decimalComma?: boolean): void;
  /**
   * `cells.length` is that of the announced columns. The array may be reused after the call. `line` is 1-based.
   * Returns what keeps the record from being stored; then the reader rejects it.
   */
  record(cells: readonly Cell[], line: number): RecordProblem | null;
  reject(reject: RecordReject): void;
  warn(code: string, message: string): void;
}

/** Turns the bytes of one file into records. */
export interface RecordReader {
  /** Takes the next bytes, any number of them; they are copied. Throws IngestError if the whole file fails. */
  push(chunk: Buffer): void;
  /** Says that the file is complete. Throws IngestError if the whole file fails. */
  end(): void;
}

/** A record may not be larger than this. */
export const defaultMaxRecordBytes = 10 * 1024 * 1024;

/** Stays below the 2,000 columns that SQLite allows a table, with room for our own. */
export const maxColumns = 1900;
