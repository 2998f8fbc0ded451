import { rowsTable } from '../domain/segment.js';
import type { Dedupe } from '../domain/settings.js';
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
  stepRecords,
} from './arrival.js';
import type { Connection } from './database.js';
import { hasIdentities, identityTable } from './identityTable.js';
import { passOnLists, removeLists } from './lists.js';
import { placeByKey, promoteNext } from './placeByKey.js';
import { handOverRows, type Places, placeByRow } from './placeByRow.js';
import { countRows, placeLists } from './placeLists.js';
import type { Refused } from './refusal.js';
import { learnShares } from './rowShares.js';
import { quoted } from './sql.js';
import type { RecordRange, Steps, Table } from './table.js';

/** What became of the records of one file, and how many rows of child tables came with them. */
export interface PlacedFile extends Placed {
  readonly children: number;
}

/**
 * Moves the records of many files of one table out of a segment, in the caller's transaction: the one interface of
 * the three ways to deduplicate. Returns what became of each file's records, by file. With `refused`, which is for one
 * arrival alone, the records that the database refuses are listed there; without it a refusal is thrown.
 */
export function* placeRows(
  { db, identities }: Places,
  dedupe: Dedupe,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
  refused: Refused[] | null,
): Steps<Map<number, PlacedFile>> {
  const places = { db, identities };
  const placed = yield* placeRecords(places, dedupe, table, segment, arrivals, refused);
  const inList = new Map<number, string>();
  const refuse = refused === null ? null : (n: number, reason: string) => inList.set(n, reason);
  const children = arrivals.some(({ lists }) => lists !== null)
    ? yield* placeLists(db, table, segment, arrivals, placed, refuse)
    : new Map<number, number>();
  const [only] = arrivals;
  if (only && refused && inList.size > 0) {
    for (const [n, reason] of inList) refused.push({ n, shape: shapeOf(db, segment, only, n), reason });
    placed.set(only.fileId, takeBack(places, table, only, [...inList.keys()], placed.get(only.fileId)));
    children.set(only.fileId, countRows(db, only));
  }
  return new Map(
    [...placed].map(([fileId, one]) => [fileId, { children: children.get(fileId) ?? 0, ...one }]),
  );
}

/** Takes records out again of which the database refuses a row in a list. */
function takeBack(
  places: Places,
  table: Table,
  arrival: Arrival,
  refused: readonly number[],
  placed: Placed = { inserted: 0, deduplicated: 0, displaced: 0 },
): Placed {
  let { inserted, displaced } = placed;
  for (const n of refused) {
    const id = recordId(arrival, n);
    const lost = removeStep(places, table, { first: id, last: id });
    inserted -= 1;
    displaced -= 1 - lost;
  }
  return { ...placed, inserted, displaced };
}

/** The shape in which the record at `n` stands. */
function shapeOf(db: Connection, { schema }: SegmentTables, { shapes }: Arrival, n: number): number {
  const holds = (shape: number) =>
    db.prepare(`SELECT 1 FROM ${schema}.${rowsTable(shape)} WHERE n = ?`).get(n) !== undefined;
  return shapes.find(holds) ?? 0;
}

function* placeRecords(
  { db, identities }: Places,
  dedupe: Dedupe,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
  refused: Refused[] | null,
): Steps<Map<number, Placed>> {
  if (dedupe === 'row') return yield* placeByRow({ db, identities }, table, segment, arrivals, refused);
  const placed = new Map<number, Placed>();
  if (dedupe === 'key') {
    for (const arrival of arrivals) {
      placed.set(arrival.fileId, placeByKey(db, table, segment, arrival, refused));
      yield;
    }
    return placed;
  }
  let inserted = 0;
  for (const _ of inSteps(db, arrivals)) {
    for (const shape of shapesOf(arrivals)) inserted += insertShape(db, segment, shape, table, refused);
    yield;
  }
  for (const { fileId, stored } of arrivals) {
    placed.set(fileId, { inserted: stored - (refused?.length ?? 0), deduplicated: 0, displaced: 0 });
  }
  checkInserted(`table ${table.name}`, inserted, insertedOf(placed));
  return placed;
}

/**
 * Takes a file's rows out of its table, in the caller's transaction. A row that another file holds too is handed
 * over to it; a row that had outranked others makes room for the next in rank. How the rows were deduplicated is
 * read from what stands in the database, not from today's settings. Returns how many rows the table lost.
 */
export function* removeRows(places: Places, table: Table, range: RecordRange): Steps<number> {
  let removed = 0;
  yield* learnShares(places.db);
  for (let first = range.first; first <= range.last; first += stepRecords) {
    removed += removeStep(places, table, { first, last: Math.min(range.last, first + stepRecords - 1) });
    yield;
  }
  return removed;
}

/** Rows of the user's own, which no file has, may have got an id that a record of a file did not need. */
const ofFiles = '_id BETWEEN ? AND ? AND _file_id IS NOT NULL';

function removeStep(places: Places, table: Table, range: RecordRange): number {
  const { db, identities } = places;
  handOverRows(places, table, range);
  identities.find(table)?.remove(range);
  const promoted = promoteNext(db, table, range);
  const bounds = [range.first, range.last];
  if (hasIdentities(db, table)) {
    db.prepare(`DELETE FROM ${identityTable(table)} WHERE record_id BETWEEN ? AND ?`).run(...bounds);
  }
  removeLists(db, table, recordsIn(table, range));
  const deleted = db.prepare(`DELETE FROM ${quoted(table.name)} WHERE ${ofFiles}`).run(...bounds);
  return deleted.changes - promoted;
}

/** Makes another file the owner of a range and of the shares that its records have in other files' rows. */
export function passOnRows(db: Connection, table: Table, range: RecordRange, heir: number): void {
  const bounds = [heir, range.first, range.last];
  db.prepare(`UPDATE ${quoted(table.name)} SET _file_id = ? WHERE ${ofFiles}`).run(...bounds);
  db.prepare('UPDATE _ingest_row_files SET file_id = ? WHERE record_id BETWEEN ? AND ?').run(...bounds);
  passOnLists(db, table, recordsIn(table, range), heir);
}

function recordsIn({ name }: Table, { first, last }: RecordRange): string {
  return `SELECT _id FROM ${quoted(name)} WHERE _id BETWEEN ${first} AND ${last} AND _file_id IS NOT NULL`;
}
