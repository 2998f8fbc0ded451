import type { Statement } from 'better-sqlite3';
import { identitiesTable, identityBytes, rowsTable } from '../domain/segment.js';
import {
  type Arrival,
  checkInserted,
  inSteps,
  insertedOf,
  insertShape,
  type Placed,
  recordId,
  type SegmentTables,
  shapesOf,
  stretchesOf,
} from './arrival.js';
import type { Connection } from './database.js';
import type { Identities } from './identities.js';
import type { IdentityBlock } from './identityBlocks.js';
import { handOverLists } from './lists.js';
import type { Refused } from './refusal.js';
import { Repeats } from './repeats.js';
import type { RowIdentities } from './rowIdentities.js';
import { chooseHeirs, passOnShares, removeShares } from './rowShares.js';
import { quoted } from './sql.js';
import type { RecordRange, Steps, Table } from './table.js';

/**
 * Row identity: a record equal to a row of another file is stored once and the row knows both files.
 *
 * A row is owned by the file whose range its `_id` lies in; `_ingest_row_files` has the further files that hold it,
 * each with the record id that the row would have if that file owned it, so a hand-over is a change of `_id`.
 */

/** Where rows are placed: the database and the identities of what is in it. */
export interface Places {
  readonly db: Connection;
  readonly identities: Identities;
}

/** Chooses, among arriving records, those that share no row. */
export const notShared =
  'AND NOT EXISTS (SELECT 1 FROM temp._ingest_shared s WHERE s.record_id = a.to_record + r.n)';

/** Places arrivals by row identity. */
export function* placeByRow(
  { db, identities: all }: Places,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
  refused: Refused[] | null,
): Steps<Map<number, Placed>> {
  const identities = all.of(table);
  prepareShared(db);
  const following = db.prepare(
    `SELECT first_n AS n, identities FROM ${segment.schema}.${identitiesTable}
     WHERE first_n >= ? AND first_n < ? ORDER BY first_n LIMIT ${stepBlocks}`,
  );
  const shares = yield* claimIdentities({ db, identities, following }, arrivals);
  const anyShared = [...shares.values()].some((count) => count > 0);
  let inserted = 0;
  for (const _ of inSteps(db, arrivals)) {
    for (const shape of shapesOf(arrivals)) {
      if (anyShared) noteShares(db, table, segment, shape);
      inserted += insertShape(db, segment, shape, table, refused, anyShared ? notShared : '');
    }
    yield;
  }
  for (const { n } of refused ?? []) identities.release(recordId(arrivals[0], n));
  const one = (arrival: Arrival) => placedOf(arrival, shares.get(arrival.fileId) ?? 0, refused?.length ?? 0);
  const placed = new Map(arrivals.map((arrival) => [arrival.fileId, one(arrival)]));
  checkInserted(`table ${table.name}`, inserted, insertedOf(placed));
  return placed;
}

/** Records that share a row: `temp._ingest_shared`. */
export function prepareShared(db: Connection): void {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_shared (record_id INTEGER PRIMARY KEY, row_id INTEGER NOT NULL);
     DELETE FROM temp._ingest_shared`,
  );
}

/** Blocks of identities claimed at once, so that a signal is heard in between. */
const stepBlocks = 100;
/** Blocks of identities that are looked up together: some 100,000 records. */
const blocksAhead = 400;

/** What the identities of a batch are claimed with. */
interface Claims {
  readonly db: Connection;
  readonly identities: RowIdentities;
  /** Reads the next blocks of identities between two records of the segment. */
  readonly following: Statement;
}

/** Identities of an arrival's records, in their order; `first` is the record id of the first. */
interface ArrivingBlock extends IdentityBlock {
  readonly arrival: Arrival;
}

/** Claims the identities of arrivals; lists the records that share a row of another file, and counts them by file. */
function* claimIdentities(
  { db, identities, following }: Claims,
  arrivals: readonly Arrival[],
): Steps<Map<number, number>> {
  const share = db.prepare('INSERT INTO temp._ingest_shared VALUES (?, ?)');
  const shares = new Map(arrivals.map(({ fileId }) => [fileId, 0]));
  let repeats: Repeats | null = null;
  for (const blocks of inGroups(blocksOf(arrivals, following), blocksAhead)) {
    identities.foresee(blocks);
    for (const [i, { arrival, first, identities: block }] of blocks.entries()) {
      if (repeats?.firstRecord !== arrival.firstRecord) repeats = new Repeats(db, arrival.firstRecord);
      const shared = identities.claim(first, block, repeats);
      for (const { record, row } of shared) share.run(record, row);
      shares.set(arrival.fileId, (shares.get(arrival.fileId) ?? 0) + shared.length);
      if (i % stepBlocks === stepBlocks - 1) yield;
    }
  }
  return shares;
}

/** The identities of arrivals, file after file. */
function* blocksOf(arrivals: readonly Arrival[], following: Statement): Generator<ArrivingBlock> {
  for (const arrival of arrivals) {
    for (const { firstN, firstRecord, stored } of stretchesOf(arrival)) {
      for (let n = firstN; n < firstN + stored; ) {
        const blocks = following.all(n, firstN + stored) as { n: number; identities: Buffer }[];
        for (const block of blocks) {
          if (block.n !== n) throw missing(n);
          yield { arrival, first: firstRecord + n - firstN, identities: block.identities };
          n += block.identities.length / identityBytes;
        }
        if (blocks.length === 0) throw missing(n);
      }
    }
  }
}

function missing(n: number): Error {
  return new Error(`the segment has no identity of record ${n}`);
}

function* inGroups<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let group: T[] = [];
  for (const one of all) {
    group.push(one);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Notes which rows the arriving records share, with the lines they stand in. */
export function noteShares(db: Connection, table: Table, { schema }: SegmentTables, shape: number): void {
  db.prepare(
    `INSERT INTO _ingest_row_files (record_id, table_name, row_id, file_id, line)
     SELECT s.record_id, ?, s.row_id, a.file_id, r.line
     FROM temp._ingest_arriving a
       CROSS JOIN temp._ingest_shared s ON s.record_id BETWEEN a.to_record + a.first_n AND a.to_record + a.last_n
       CROSS JOIN ${schema}.${rowsTable(shape)} r ON r.n = s.record_id - a.to_record`,
  ).run(table.name);
}

function placedOf({ stored }: Arrival, shared: number, refused: number): Placed {
  return { inserted: stored - shared - refused, deduplicated: shared, displaced: 0 };
}

/**
 * Takes a file out of the rows it shares and hands the rows it owns to the next file that holds them, in the ledger
 * too. What then still lies in the range belongs to nobody else. All shares must be known.
 */
export function handOverRows({ db, identities }: Places, table: Table, range: RecordRange): void {
  removeShares(db, range);
  if (!chooseHeirs(db, range)) return;
  const heirs = db.prepare(
    'SELECT row_id AS "from", record_id AS "to" FROM temp._ingest_heirs ORDER BY row_id',
  );
  for (const { from, to } of heirs.all() as { from: number; to: number }[])
    identities.of(table).move(from, to);
  handOverLists(db, table);
  db.exec(
    `UPDATE ${quoted(table.name)} SET _id = h.record_id, _file_id = h.file_id, _line = h.line
     FROM temp._ingest_heirs h WHERE _id = h.row_id;
     UPDATE _ingest_files SET rows = rows + h.got, deduplicated = deduplicated - h.got
     FROM (SELECT file_id, count(*) AS got FROM temp._ingest_heirs GROUP BY file_id) h
     WHERE _ingest_files.file_id = h.file_id`,
  );
  passOnShares(db);
}
