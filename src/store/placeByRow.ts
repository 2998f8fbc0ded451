import {
  type Arrival,
  identitiesOf,
  inSteps,
  insertShape,
  type Placed,
  recordId,
  type SegmentTables,
  shapesOf,
} from './arrival.js';
import type { Connection } from './database.js';
import { createIdentityTable, identityTable } from './identityTable.js';
import { handOverLists } from './lists.js';
import type { Refused } from './refusal.js';
import { quoted } from './sql.js';
import type { RecordRange, Steps, Table } from './table.js';

/**
 * Row identity: a record equal to a row of another file is stored once and the row knows both files.
 *
 * A row is owned by the file whose range its `_id` lies in; `_ingest_row_files` has the further files that hold it,
 * each with the record id that the row would have if that file owned it, so a hand-over is a change of `_id`.
 */

/** Places arrivals by row identity. */
export function* placeByRow(
  db: Connection,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
  refused: Refused[] | null,
): Steps<Map<number, Placed>> {
  createIdentityTable(db, table);
  const collided = yield* claimIdentities(db, table, segment, arrivals);
  if (collided > 0) shareCollisions(db, table);
  const owned = `AND EXISTS (SELECT 1 FROM ${identityTable(table)} i WHERE i.record_id = a.to_record + r.n)`;
  for (const _ of inSteps(db, arrivals)) {
    for (const shape of shapesOf(arrivals))
      insertShape(db, segment, shape, table, refused, collided > 0 ? owned : '');
    yield;
  }
  const lost = refused?.length ?? 0;
  if (lost > 0) releaseIdentities(db, table, arrivals, refused ?? []);
  const placed = (arrival: Arrival) => placedOf(db, table, arrival, collided + lost > 0, lost);
  return new Map(arrivals.map((arrival) => [arrival.fileId, placed(arrival)]));
}

/** Gives up the identities that records claimed which the database then refused. */
function releaseIdentities(
  db: Connection,
  table: Table,
  [arrival]: readonly Arrival[],
  refused: readonly Refused[],
): void {
  const release = db.prepare(`DELETE FROM ${identityTable(table)} WHERE record_id = ?`);
  for (const { n } of refused) release.run(recordId(arrival, n));
}

/** Claims the identity of each record; lists those that found it taken in `temp._ingest_collided` and counts them. */
function* claimIdentities(
  db: Connection,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
): Steps<number> {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_collided (
       record_id INTEGER PRIMARY KEY, file_id INTEGER, line INTEGER, identity BLOB, own INTEGER, nth INTEGER
     );
     DELETE FROM temp._ingest_collided`,
  );
  const shapes = shapesOf(arrivals);
  let collided = 0;
  for (const records of inSteps(db, arrivals)) {
    const arriving = `temp._ingest_arriving a CROSS JOIN ${identitiesOf(db, segment, shapes)} r
      ON r.n BETWEEN a.first_n AND a.last_n`;
    const claimed = db
      .prepare(
        `INSERT OR IGNORE INTO ${identityTable(table)} (record_id, identity)
         SELECT a.to_record + r.n, r.identity FROM ${arriving}`,
      )
      .run().changes;
    if (claimed < records) listCollisions(db, table, arriving);
    collided += records - claimed;
    yield;
  }
  return collided;
}

function listCollisions(db: Connection, table: Table, arriving: string): void {
  db.exec(
    `INSERT INTO temp._ingest_collided (record_id, file_id, line, identity, own)
     SELECT a.to_record + r.n, a.file_id, r.line, r.identity, o.record_id BETWEEN a.file_first AND a.file_last
     FROM ${arriving} CROSS JOIN ${identityTable(table)} o ON o.identity = r.identity
     WHERE o.record_id <> a.to_record + r.n`,
  );
}

/**
 * Deals with the records that found their identity taken. The n-th equal record of a file is equal only to the
 * n-th of another: the first shares the row that stands, the others claim an identity of their own.
 */
function shareCollisions(db: Connection, table: Table): void {
  const owners = identityTable(table);
  db.exec(
    `UPDATE temp._ingest_collided SET nth = c.nth FROM (
       SELECT record_id, own + row_number() OVER (PARTITION BY file_id, identity ORDER BY record_id) AS nth
       FROM temp._ingest_collided
     ) c WHERE temp._ingest_collided.record_id = c.record_id;
     UPDATE temp._ingest_collided SET identity = nth_identity(identity, nth) WHERE nth > 1;
     INSERT OR IGNORE INTO ${owners} (record_id, identity)
     SELECT record_id, identity FROM temp._ingest_collided WHERE nth > 1 ORDER BY record_id`,
  );
  db.prepare(
    `INSERT INTO _ingest_row_files (record_id, table_name, row_id, file_id, line)
     SELECT c.record_id, ?, o.record_id, c.file_id, c.line
     FROM temp._ingest_collided c CROSS JOIN ${owners} o ON o.identity = c.identity
     WHERE o.record_id <> c.record_id`,
  ).run(table.name);
}

function placedOf(db: Connection, table: Table, arrival: Arrival, counted: boolean, refused: number): Placed {
  const last = arrival.firstRecord + arrival.stored - 1;
  const inserted = counted ? countOwned(db, table, arrival.firstRecord, last) : arrival.stored;
  return { inserted, deduplicated: arrival.stored - inserted - refused, displaced: 0 };
}

function countOwned(db: Connection, table: Table, first: number, last: number): number {
  const count = db
    .prepare(`SELECT count(*) FROM ${identityTable(table)} WHERE record_id BETWEEN ? AND ?`)
    .pluck()
    .get(first, last);
  return Number(count);
}

/**
 * Takes a file out of the rows it shares and hands the rows it owns to the next file that holds them, in the ledger
 * too. What then still lies in the range belongs to nobody else.
 */
export function handOverRows(db: Connection, table: Table, range: RecordRange): void {
  const bounds = [range.first, range.last];
  db.prepare('DELETE FROM _ingest_row_files WHERE record_id BETWEEN ? AND ?').run(...bounds);
  const shared = db
    .prepare('SELECT 1 FROM _ingest_row_files WHERE row_id BETWEEN ? AND ? LIMIT 1')
    .get(...bounds);
  if (shared === undefined) return;
  chooseHeirs(db, range);
  handOverLists(db, table);
  db.exec(
    `UPDATE ${quoted(table.name)} SET _id = h.record_id, _file_id = h.file_id, _line = h.line
     FROM temp._ingest_heirs h WHERE _id = h.row_id;
     UPDATE ${identityTable(table)} SET record_id = h.record_id FROM temp._ingest_heirs h
     WHERE ${identityTable(table)}.record_id = h.row_id;
     DELETE FROM _ingest_row_files WHERE record_id IN (SELECT record_id FROM temp._ingest_heirs);
     UPDATE _ingest_row_files SET row_id = h.record_id FROM temp._ingest_heirs h
     WHERE _ingest_row_files.row_id = h.row_id;
     UPDATE _ingest_files SET rows = rows + h.got, deduplicated = deduplicated - h.got
     FROM (SELECT file_id, count(*) AS got FROM temp._ingest_heirs GROUP BY file_id) h
     WHERE _ingest_files.file_id = h.file_id`,
  );
}

function chooseHeirs(db: Connection, range: RecordRange): void {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_heirs (
       row_id INTEGER PRIMARY KEY, record_id INTEGER NOT NULL, file_id INTEGER NOT NULL, line INTEGER
     );
     DELETE FROM temp._ingest_heirs`,
  );
  // SQLite takes the bare columns from the row that has the minimum.
  db.prepare(
    `INSERT INTO temp._ingest_heirs SELECT row_id, min(record_id), file_id, line
     FROM _ingest_row_files WHERE row_id BETWEEN ? AND ? GROUP BY row_id`,
  ).run(range.first, range.last);
}
