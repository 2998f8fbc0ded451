import { folded } from '../domain/columnName.js';
import { IngestError } from '../domain/errors.js';
import { rowsTable, type Shape, type Stretch } from '../domain/segment.js';
import type { Connection } from './database.js';
import { climbDown, type Refused } from './refusal.js';
import type { SegmentSchema } from './segments.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/** A parsed file whose records are about to move from a segment into a table. */
export interface Arrival {
  readonly fileId: number;
  /** Where its records stand in the segment, in their order. */
  readonly stretches: readonly Stretch[];
  readonly stored: number;
  /** The record id of the first; the others follow. */
  readonly firstRecord: number;
  readonly shapes: readonly number[];
  /** The rows of its records' lists; null where it has none. */
  readonly lists: ArrivingLists | null;
}

/** The rows of child tables that come with a file's records. */
export interface ArrivingLists {
  readonly rows: number;
  /** The `_id` of the first; the others follow. */
  readonly firstId: number;
  /** Parents before their children. */
  readonly tables: readonly ArrivingTable[];
}

export interface ArrivingTable {
  readonly table: Table;
  /** 1: its rows lie in the records. */
  readonly depth: number;
  readonly shapes: readonly number[];
}

/** A stretch of an arrival with the ids of what stands in it. */
export interface ArrivingStretch extends Stretch {
  readonly fileId: number;
  /** The record id of `firstN`, and the `_id` of `firstM`; the others follow. */
  readonly firstRecord: number;
  readonly firstId: number;
}

/** The stretches of an arrival in their order. */
export function* stretchesOf({ fileId, stretches, firstRecord, lists }: Arrival): Generator<ArrivingStretch> {
  let record = firstRecord;
  let id = lists?.firstId ?? 0;
  for (const stretch of stretches) {
    yield { fileId, firstRecord: record, firstId: id, ...stretch };
    record += stretch.stored;
    id += stretch.childRows;
  }
}

/** The record id of the record at `n` in the segment. */
export function recordId(arrival: Arrival | undefined, n: number): number {
  if (!arrival) return 0;
  for (const { firstN, stored, firstRecord } of stretchesOf(arrival)) {
    if (n >= firstN && n < firstN + stored) return firstRecord + n - firstN;
  }
  throw new Error(`no record ${n} arrives`);
}

/** What became of the records of one arrival. */
export interface Placed {
  readonly inserted: number;
  readonly deduplicated: number;
  /** Rows of other files that had to give way (by key only). */
  readonly displaced: number;
}

/** The segment that rows come from. */
export interface SegmentTables {
  readonly schema: SegmentSchema;
  /** By number, as in the names of the row tables. */
  readonly shapes: readonly Shape[];
}

/** Records that one statement moves at most, so that a signal is heard between two of them. */
export const stepRecords = 25_000;

/** The shapes that any of the arrivals uses. */
export function shapesOf(arrivals: readonly Arrival[]): number[] {
  return [...new Set(arrivals.flatMap((arrival) => arrival.shapes))];
}

/**
 * Writes the arrivals into `temp._ingest_arriving` step by step, each step some 25,000 records at most, and yields at each;
 * set-wise statements join the records by their range of `n`.
 */
export function* inSteps(db: Connection, arrivals: readonly Arrival[]): Generator<number> {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_arriving (
       first_n INTEGER PRIMARY KEY, last_n INTEGER NOT NULL, to_record INTEGER NOT NULL, file_id INTEGER NOT NULL,
       file_first INTEGER NOT NULL, file_last INTEGER NOT NULL
     );
     DELETE FROM temp._ingest_arriving`,
  );
  const insert = db.prepare('INSERT INTO temp._ingest_arriving VALUES (?, ?, ?, ?, ?, ?)');
  let waiting = 0;
  const stretches = arrivals.flatMap((arrival) =>
    Array.from(stretchesOf(arrival), (stretch) => ({ arrival, stretch })),
  );
  for (const { arrival, stretch } of stretches) {
    const end = stretch.firstN + stretch.stored;
    const fileLast = arrival.firstRecord + arrival.stored - 1;
    for (let n = stretch.firstN; n < end; ) {
      const last = Math.min(end - 1, n + stepRecords - waiting - 1);
      const toRecord = stretch.firstRecord - stretch.firstN;
      insert.run(n, last, toRecord, arrival.fileId, arrival.firstRecord, fileLast);
      waiting += last - n + 1;
      n = last + 1;
      if (waiting < stepRecords) continue;
      yield waiting;
      db.exec('DELETE FROM temp._ingest_arriving');
      waiting = 0;
    }
  }
  if (waiting > 0) yield waiting;
}

/**
 * `INSERT … SELECT` of one shape's arriving records into a table; `condition` (on `a`, the arrival, and `r`, the
 * record) chooses among them. With `refused` the records that the database refuses are listed there and the others
 * inserted; without it a refusal is thrown. Returns how many were inserted.
 */
export function insertShape(
  db: Connection,
  segment: SegmentTables,
  shape: number,
  table: Table,
  refused: Refused[] | null,
  condition = '',
): number {
  const { targets, sources } = cellsOf(segment, shape, table);
  const insert = `INSERT INTO ${quoted(table.name)} (${['_id', '_file_id', '_line', ...targets].join(', ')})
     SELECT ${['a.to_record + r.n', 'a.file_id', 'r.line', ...sources].join(', ')}
     FROM temp._ingest_arriving a CROSS JOIN ${segment.schema}.${rowsTable(shape)} r
       ON r.n BETWEEN a.first_n AND a.last_n ${condition}`;
  if (refused === null) return db.prepare(insert).run().changes;
  let inserted = 0;
  const part = db.prepare(`${insert} AND r.n BETWEEN ? AND ?`);
  const range = db.prepare('SELECT min(first_n), max(last_n) FROM temp._ingest_arriving').raw().get();
  climbDown(
    db,
    range as [number, number],
    (first, last) => {
      inserted += part.run(first, last).changes;
    },
    (n, reason) => refused.push({ n, shape, reason }),
  );
  return inserted;
}

/** The rows that arrivals have brought in all. */
export function insertedOf(placed: ReadonlyMap<number, Placed>): number {
  return [...placed.values()].reduce((sum, { inserted }) => sum + inserted, 0);
}

/** Throws IngestError `balance` unless SQLite has inserted as many rows into a table as will be reported. */
export function checkInserted(where: string, inserted: number, expected: number): void {
  if (inserted === expected) return;
  throw new IngestError(
    'balance',
    `Rows for ${where}: ${expected} sent, ${inserted} stored.`,
    'If a trigger of the table leaves rows out, let it refuse them with RAISE(ABORT): they become rejects then. Else this is a bug: please report it. Nothing of these files was stored.',
  );
}

/** The table's columns that a shape fills and the segment's (of `r`) that they are filled from. */
export function cellsOf(
  segment: SegmentTables,
  shape: number,
  table: Table,
): { targets: string[]; sources: string[] } {
  const { columns, decimalComma } = segment.shapes[shape] ?? { columns: [], decimalComma: false };
  const known = columns.map((name) => table.columns.get(folded(name)));
  return {
    targets: columns.map((name, index) => quoted(known[index]?.name ?? name)),
    sources: known.map((column, index) =>
      decimalComma && column?.type === 'REAL' ? `with_point(r.c${index})` : `r.c${index}`,
    ),
  };
}

/**
 * Where the `n, line, identity` of the arriving records can be read: the row table itself, or, when they have several
 * shapes, one temporary table made of all of them.
 */
export function identitiesOf(db: Connection, segment: SegmentTables, shapes: readonly number[]): string {
  const [only, ...others] = shapes;
  if (only !== undefined && others.length === 0) return `${segment.schema}.${rowsTable(only)}`;
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_identities (n INTEGER PRIMARY KEY, line INTEGER, identity BLOB);
     DELETE FROM temp._ingest_identities`,
  );
  for (const shape of shapes) {
    db.exec(
      `INSERT INTO temp._ingest_identities SELECT r.n, r.line, r.identity
       FROM temp._ingest_arriving a CROSS JOIN ${segment.schema}.${rowsTable(shape)} r
         ON r.n BETWEEN a.first_n AND a.last_n`,
    );
  }
  return 'temp._ingest_identities';
}
