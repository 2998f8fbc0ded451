import type { CellBlock } from '../domain/cellBlock.js';
import type { ListRows } from '../domain/listRows.js';
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

/** An object in a list of a record, or in a list of such an object: a row of a child table. */
export interface ChildRow {
  /** The number under which its child table was announced. */
  readonly table: number;
  /** The place among the record's child rows of the row it lies in; -1: it lies in the record itself. */
  readonly parent: number;
  /** Its place in its list, from 0. */
  readonly index: number;
  /** As those of a record. */
  readonly cells: readonly Cell[];
}

/** A record as read. */
export interface ReadRecord {
  /** In the order of the columns; may be shorter, then the rest is null. */
  readonly cells: readonly Cell[];
  /** 1-based line on which it starts. */
  readonly line: number;
  /** A row comes before the rows that lie in it, those of one list in its order. */
  readonly children: readonly ChildRow[];
}

/** Where the rows of a child table come from. */
export interface ChildOrigin {
  /** The number of the child table that the lists lie in; -1: they lie in the records. */
  readonly parent: number;
  /** The keys that lead from the record to the list. */
  readonly path: readonly string[];
  /** The name of the list as that of a column in its parent: `a_b`. */
  readonly field: string;
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
  /** As `columns`, for the child table with this number; the numbers follow one another, parents first. */
  childColumns(table: number, origin: ChildOrigin, names: readonly string[]): void;
  /**
   * Takes records that follow one another. Returns what keeps some of them from being stored, by their place; the
   * reader rejects these.
   */
  records(batch: readonly ReadRecord[]): ReadonlyMap<number, RecordProblem>;
  /** Cells of its own that the receiver puts before those of each record; known once the columns are announced. */
  readonly ownCells: number;
  /**
   * As `records`, of records whose cells stand in a block behind free places for the receiver's own; `lists`: the rows of
   * their lists, null where they have none. What both hold is gone afterwards.
   */
  block(cells: CellBlock, lists?: ListRows | null): ReadonlyMap<number, RecordProblem>;
  reject(reject: RecordReject): void;
  warn(code: string, message: string): void;
}

const noChildren: readonly ChildRow[] = [];

/** A record without lists of objects, as a line of CSV is. */
export function flatRecord(cells: readonly Cell[], line: number): ReadRecord {
  return { cells, line, children: noChildren };
}

/** The records of a block, without the first `own` cells of each. */
export function recordsOf(cells: CellBlock, lists: ListRows | null, own: number): ReadRecord[] {
  return Array.from({ length: cells.records }, (_, record) => ({
    cells: cells.record(record, own),
    line: cells.lines[record] ?? 0,
    children: lists === null ? noChildren : childRowsOf(lists, record),
  }));
}

function childRowsOf(lists: ListRows, record: number): ChildRow[] {
  const first = lists.first(record);
  return Array.from({ length: lists.end(record) - first }, (_, place) => {
    const row = first + place;
    const table = lists.table[row] ?? 0;
    const parent = lists.parent[row] ?? -1;
    return {
      table,
      parent: parent < 0 ? -1 : parent - first,
      index: lists.index[row] ?? 0,
      cells: lists.tables[table]?.record(lists.place[row] ?? 0) ?? [],
    };
  });
}

/** Turns the bytes of one file into records. */
export interface RecordReader {
  /** Takes the next bytes, any number of them; they are copied. Throws IngestError if the whole file fails. */
  push(chunk: Buffer): void;
  /** Says that the file is complete, with the last bytes of it, which are read where they lie. Throws as `push`. */
  end(last?: Buffer): void;
}

/** A record may not be larger than this. */
export const defaultMaxRecordBytes = 10 * 1024 * 1024;

/** Stays below the 2,000 columns that SQLite allows a table, with room for our own. */
export const maxColumns = 1900;
