import { folded } from '../domain/columnName.js';
import { rowsTable } from '../domain/segment.js';
import {
  type Arrival,
  type ArrivingTable,
  cellsOf,
  checkInserted,
  type Placed,
  type SegmentTables,
  stepRecords,
  stretchesOf,
} from './arrival.js';
import type { Connection } from './database.js';
import { tableExists } from './identityTable.js';
import { hiddenTable, prepareHidden } from './lists.js';
import { climbDown } from './refusal.js';
import { quoted } from './sql.js';
import { childColumns, type Steps, type Table } from './table.js';

/**
 * The rows of records' lists follow the records: those of a record that stands in its table go to the child tables, those
 * of one that another outranks go where it is kept, those of any other nowhere.
 */

/** Arrivals that have rows for one child table. */
interface Group {
  readonly target: ArrivingTable;
  readonly arrivals: Arrival[];
  readonly shapes: Set<number>;
}

/** Told of a record, by its `n`, of which the database refuses a row. */
export type Refuse = (n: number, reason: string) => void;

/**
 * Places the rows of the lists of arrivals whose records are placed. Without `refuse` a refusal by the database is
 * thrown. Returns how many rows each file has gained.
 */
export function* placeLists(
  db: Connection,
  table: Table,
  segment: SegmentTables,
  arrivals: readonly Arrival[],
  placed: ReadonlyMap<number, Placed>,
  refuse: Refuse | null,
): Steps<Map<number, number>> {
  const isWhole = arrivals.every(({ fileId, stored }) => {
    const { inserted, displaced } = placed.get(fileId) ?? { inserted: 0, displaced: 0 };
    return inserted === stored && displaced === 0;
  });
  const outranked = hiddenTable(table.name);
  const standing = isWhole ? '' : `AND ${isIn(quoted(table.name))}`;
  let inserted = 0;
  for (const group of groupsOf(arrivals)) {
    for (const _ of listArriving(db, group)) {
      for (const shape of group.shapes) {
        inserted += insertRows(
          db,
          segment,
          shape,
          group.target,
          quoted(group.target.table.name),
          standing,
          refuse,
        );
        if (!isWhole && tableExists(db, outranked)) {
          prepareHidden(db, group.target.table.name);
          const hidden = quoted(hiddenTable(group.target.table.name));
          insertRows(db, segment, shape, group.target, hidden, `AND ${isIn(quoted(outranked))}`, null);
        }
      }
      yield;
    }
  }
  const rows = arrivals.reduce((sum, { lists }) => sum + (lists?.rows ?? 0), 0);
  if (isWhole && refuse === null) checkInserted(`the child tables of ${table.name}`, inserted, rows);
  return new Map(
    arrivals.map((arrival) => [
      arrival.fileId,
      isWhole ? (arrival.lists?.rows ?? 0) : countRows(db, arrival),
    ]),
  );
}

function isIn(table: string): string {
  return `EXISTS (SELECT 1 FROM ${table} p WHERE p._id = a.to_record + r.record)`;
}

function groupsOf(arrivals: readonly Arrival[]): Group[] {
  const groups = new Map<string, Group>();
  for (const arrival of arrivals) {
    const { lists } = arrival;
    for (const target of lists?.tables ?? []) {
      const key = folded(target.table.name);
      const group = groups.get(key) ?? { target, arrivals: [], shapes: new Set<number>() };
      groups.set(key, group);
      group.arrivals.push(arrival);
      for (const shape of target.shapes) group.shapes.add(shape);
    }
  }
  return [...groups.values()].sort((a, b) => a.target.depth - b.target.depth);
}

/** Writes the arrivals of a group into `temp._ingest_arriving_lists` step by step, and yields at each. */
function* listArriving(db: Connection, { arrivals }: Group): Generator<void> {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_arriving_lists (
       first_m INTEGER PRIMARY KEY, last_m INTEGER NOT NULL, to_id INTEGER NOT NULL, to_record INTEGER NOT NULL,
       file_id INTEGER NOT NULL
     );
     DELETE FROM temp._ingest_arriving_lists`,
  );
  const insert = db.prepare('INSERT INTO temp._ingest_arriving_lists VALUES (?, ?, ?, ?, ?)');
  let waiting = 0;
  const stretches = arrivals.flatMap((arrival) => [...stretchesOf(arrival)]);
  for (const { fileId, firstN, firstRecord, firstM, firstId, childRows } of stretches) {
    const end = firstM + childRows;
    for (let m = firstM; m < end; ) {
      const last = Math.min(end - 1, m + stepRecords - waiting - 1);
      insert.run(m, last, firstId - firstM, firstRecord - firstN, fileId);
      waiting += last - m + 1;
      m = last + 1;
      if (waiting < stepRecords) continue;
      yield;
      db.exec('DELETE FROM temp._ingest_arriving_lists');
      waiting = 0;
    }
  }
  if (waiting > 0) yield;
}

function insertRows(
  db: Connection,
  segment: SegmentTables,
  shape: number,
  { table, depth }: ArrivingTable,
  into: string,
  condition: string,
  refuse: Refuse | null,
): number {
  const { targets, sources } = cellsOf(segment, shape, table);
  const parent = depth === 1 ? 'a.to_record + r.record' : 'a.to_id + r.parent';
  const rows = `${segment.schema}.${rowsTable(shape)}`;
  const insert = `INSERT INTO ${into} (${[...childColumns, ...targets].join(', ')})
     SELECT ${['a.to_id + r.m', 'a.file_id', 'r.line', parent, 'r.place', ...sources].join(', ')}
     FROM temp._ingest_arriving_lists a CROSS JOIN ${rows} r ON r.m BETWEEN a.first_m AND a.last_m ${condition}`;
  if (refuse === null) return db.prepare(insert).run().changes;
  let inserted = 0;
  const part = db.prepare(`${insert} AND r.m BETWEEN ? AND ?`);
  const range = db.prepare('SELECT min(first_m), max(last_m) FROM temp._ingest_arriving_lists').raw().get();
  const record = db.prepare(`SELECT record FROM ${rows} WHERE m = ?`).pluck();
  climbDown(
    db,
    range as [number, number],
    (first, last) => {
      inserted += part.run(first, last).changes;
    },
    (m, reason) => refuse(Number(record.get(m)), reason),
  );
  return inserted;
}

/** The rows that a file's records have in child tables, as long as they lie where they were placed. */
export function countRows(db: Connection, { lists }: Arrival): number {
  let rows = 0;
  for (const { table } of lists?.tables ?? []) {
    const count = db.prepare(`SELECT count(*) FROM ${quoted(table.name)} WHERE _id BETWEEN ? AND ?`).pluck();
    rows += Number(count.get(lists?.firstId, (lists?.firstId ?? 0) + (lists?.rows ?? 0) - 1));
  }
  return rows;
}
