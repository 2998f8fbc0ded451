import { folded } from '../domain/columnName.js';
import { rowsTable } from '../domain/segment.js';
import {
  type Arrival,
  cellsOf,
  checkInserted,
  identitiesOf,
  inSteps,
  insertShape,
  type Placed,
  recordId,
  type SegmentTables,
  stretchesOf,
} from './arrival.js';
import type { Connection } from './database.js';
import { createIdentityTable, identityTable, tableExists } from './identityTable.js';
import { hiddenTable, hideLists, removeHiddenLists, showLists } from './lists.js';
import type { Refused } from './refusal.js';
import { quoted } from './sql.js';
import { ownColumns, type RecordRange, type Table } from './table.js';

/**
 * Key identity: records with equal key columns are one row. Within a file the last record stands, between files the
 * one of the file with the newest mtime, then the greater path.
 *
 * `_ingest_outranked_<table>` keeps the records that lost to another file, so that the next in rank is promoted in
 * the transaction that removes the first, and no file is read again. Its columns have no type: a value keeps the
 * form it came in and takes the column's own on promotion.
 */
export function outrankedTable(table: Table): string {
  return quoted(hiddenTable(table.name));
}

const identityColumn = '_ingest_identity';
const rankOf = (file: string) => `${file}.mtime_ns, ${file}.path, ${file}.source`;

/** Places one arrival by key identity. */
export function placeByKey(
  db: Connection,
  table: Table,
  segment: SegmentTables,
  arrival: Arrival,
  refused: Refused[] | null,
): Placed {
  createIdentityTable(db, table);
  prepareOutranked(db, table);
  const records = listLastOfEachKey(db, segment, arrival);
  const displaced = displaceOutranked(db, table, arrival.fileId);
  const inserted = claimKeys(db, table, arrival);
  const standing = `AND EXISTS (SELECT 1 FROM ${identityTable(table)} i WHERE i.record_id = a.to_record + r.n)`;
  let came = 0;
  for (const _ of inSteps(db, [arrival])) {
    for (const shape of arrival.shapes) {
      came += insertShape(db, segment, shape, table, refused, standing);
      if (inserted < records) keepOutranked(db, table, segment, shape);
    }
  }
  checkInserted(`table ${table.name}`, came, inserted - (refused?.length ?? 0));
  const restored = restoreDisplaced(db, table, arrival, refused ?? []);
  return {
    inserted: came,
    deduplicated: arrival.stored - inserted,
    displaced: displaced - restored,
  };
}

/** Puts the rows that had to give way to refused records back in their place; returns how many there are. */
function restoreDisplaced(
  db: Connection,
  table: Table,
  arrival: Arrival,
  refused: readonly Refused[],
): number {
  let restored = 0;
  const release = db.prepare(`DELETE FROM ${identityTable(table)} WHERE record_id = ?`);
  for (const { n } of refused) {
    const id = recordId(arrival, n);
    restored += promoteNext(db, table, { first: id, last: id });
    release.run(id);
  }
  return restored;
}

/** Makes the table of outranked records and gives it the columns that the table has gained. */
function prepareOutranked(db: Connection, table: Table): void {
  const name = `_ingest_outranked_${table.name}`;
  if (!tableExists(db, name)) {
    db.exec(
      `CREATE TABLE ${quoted(name)} (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, ${identityColumn} BLOB NOT NULL);
       CREATE INDEX ${quoted(`${name}_by_identity`)} ON ${quoted(name)} (${identityColumn})`,
    );
  }
  const existing = new Set(
    (db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(name) as string[]).map(folded),
  );
  for (const [key, column] of table.columns) {
    if (!existing.has(key)) db.exec(`ALTER TABLE ${quoted(name)} ADD COLUMN ${quoted(column.name)}`);
  }
}

/** Fills `temp._ingest_latest` with the last record of each key; returns how many keys there are. */
function listLastOfEachKey(db: Connection, segment: SegmentTables, arrival: Arrival): number {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_latest (n INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE);
     DELETE FROM temp._ingest_latest`,
  );
  for (const _ of inSteps(db, [arrival])) {
    db.exec(
      `INSERT OR REPLACE INTO temp._ingest_latest SELECT r.n, r.identity
       FROM temp._ingest_arriving a CROSS JOIN ${identitiesOf(db, segment, arrival.shapes)} r
         ON r.n BETWEEN a.first_n AND a.last_n ORDER BY r.n`,
    );
  }
  return Number(db.prepare('SELECT count(*) FROM temp._ingest_latest').pluck().get());
}

/** Moves the rows that the arriving file outranks out of sight; returns how many. */
function displaceOutranked(db: Connection, table: Table, fileId: number): number {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_displaced (record_id INTEGER PRIMARY KEY, file_id INTEGER, identity BLOB);
     DELETE FROM temp._ingest_displaced`,
  );
  const displaced = db
    .prepare(
      `INSERT INTO temp._ingest_displaced SELECT o.record_id, d._file_id, o.identity
       FROM temp._ingest_latest l
         CROSS JOIN ${identityTable(table)} o ON o.identity = l.identity
         CROSS JOIN ${quoted(table.name)} d ON d._id = o.record_id
         CROSS JOIN _ingest_files f ON f.file_id = d._file_id
       WHERE (${rankOf('f')}) < (SELECT ${rankOf('n')} FROM _ingest_files n WHERE n.file_id = ?)`,
    )
    .run(fileId).changes;
  if (displaced === 0) return 0;
  const columns = columnList(table);
  hideLists(db, table, 'SELECT record_id FROM temp._ingest_displaced');
  db.exec(
    `INSERT INTO ${outrankedTable(table)} (${columns}, ${identityColumn})
     SELECT ${columnList(table, 'd')}, t.identity FROM temp._ingest_displaced t CROSS JOIN ${quoted(table.name)} d ON d._id = t.record_id;
     DELETE FROM ${quoted(table.name)} WHERE _id IN (SELECT record_id FROM temp._ingest_displaced);
     DELETE FROM ${identityTable(table)} WHERE record_id IN (SELECT record_id FROM temp._ingest_displaced)`,
  );
  moveCounts(db, 'displaced', -1);
  return displaced;
}

function claimKeys(db: Connection, table: Table, arrival: Arrival): number {
  const claim = db.prepare(
    `INSERT OR IGNORE INTO ${identityTable(table)} (record_id, identity)
     SELECT ? + n, identity FROM temp._ingest_latest WHERE n BETWEEN ? AND ?`,
  );
  let claimed = 0;
  for (const { firstN, stored, firstRecord } of stretchesOf(arrival))
    claimed += claim.run(firstRecord - firstN, firstN, firstN + stored - 1).changes;
  return claimed;
}

/** Keeps the arriving records that a row of higher rank stands before. */
function keepOutranked(db: Connection, table: Table, segment: SegmentTables, shape: number): void {
  const { targets, sources } = cellsOf(segment, shape, table);
  db.exec(
    `INSERT INTO ${outrankedTable(table)} (${[...ownColumns, identityColumn, ...targets].join(', ')})
     SELECT ${['a.to_record + r.n', 'a.file_id', 'r.line', 'r.identity', ...sources].join(', ')}
     FROM temp._ingest_arriving a CROSS JOIN ${segment.schema}.${rowsTable(shape)} r ON r.n BETWEEN a.first_n AND a.last_n
       CROSS JOIN temp._ingest_latest l ON l.n = r.n
     WHERE NOT EXISTS (SELECT 1 FROM ${identityTable(table)} i WHERE i.record_id = a.to_record + r.n)`,
  );
}

/**
 * Before the rows of a range go: forgets its outranked records and promotes, for each row that goes, the next in
 * rank. Returns how many were promoted.
 */
export function promoteNext(db: Connection, table: Table, range: RecordRange): number {
  if (!tableExists(db, `_ingest_outranked_${table.name}`)) return 0;
  const bounds = [range.first, range.last];
  const gone = `SELECT _id FROM ${outrankedTable(table)} WHERE _id BETWEEN ${range.first} AND ${range.last}`;
  removeHiddenLists(db, table, gone);
  db.prepare(`DELETE FROM ${outrankedTable(table)} WHERE _id BETWEEN ? AND ?`).run(...bounds);
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_promoted (record_id INTEGER PRIMARY KEY, file_id INTEGER, identity BLOB);
     DELETE FROM temp._ingest_promoted`,
  );
  const promoted = db
    .prepare(
      `INSERT INTO temp._ingest_promoted SELECT record_id, file_id, identity FROM (
         SELECT n._id AS record_id, n._file_id AS file_id, n.${identityColumn} AS identity,
           row_number() OVER (
             PARTITION BY n.${identityColumn} ORDER BY f.mtime_ns DESC, f.path DESC, f.source DESC
           ) AS place
         FROM ${identityTable(table)} o
           CROSS JOIN ${outrankedTable(table)} n ON n.${identityColumn} = o.identity
           CROSS JOIN _ingest_files f ON f.file_id = n._file_id
         WHERE o.record_id BETWEEN ? AND ?)
       WHERE place = 1`,
    )
    .run(...bounds).changes;
  if (promoted > 0) {
    prepareOutranked(db, table);
    promote(db, table, range);
  }
  return promoted;
}

function promote(db: Connection, table: Table, range: RecordRange): void {
  db.prepare(`DELETE FROM ${identityTable(table)} WHERE record_id BETWEEN ? AND ?`).run(
    range.first,
    range.last,
  );
  db.exec(
    `INSERT INTO ${identityTable(table)} (record_id, identity) SELECT record_id, identity FROM temp._ingest_promoted;
     INSERT INTO ${quoted(table.name)} (${columnList(table)})
     SELECT ${promotedValues(table)} FROM temp._ingest_promoted p CROSS JOIN ${outrankedTable(table)} o ON o._id = p.record_id;
     DELETE FROM ${outrankedTable(table)} WHERE _id IN (SELECT record_id FROM temp._ingest_promoted)`,
  );
  showLists(db, table, 'SELECT record_id FROM temp._ingest_promoted');
  moveCounts(db, 'promoted', 1);
}

/** In the ledger, rows of each file in `temp.<list>` turn from deduplicated into rows (+1) or back (-1). */
function moveCounts(db: Connection, list: 'displaced' | 'promoted', sign: 1 | -1): void {
  db.prepare(
    `UPDATE _ingest_files SET rows = rows + ? * t.records, deduplicated = deduplicated - ? * t.records
     FROM (SELECT file_id, count(*) AS records FROM temp._ingest_${list} GROUP BY file_id) t
     WHERE _ingest_files.file_id = t.file_id`,
  ).run(sign, sign);
}

function columnList(table: Table, prefix?: string): string {
  const names = [...ownColumns, ...[...table.columns.values()].map((column) => quoted(column.name))];
  return names.map((name) => (prefix ? `${prefix}.${name}` : name)).join(', ');
}

function promotedValues(table: Table): string {
  const own = ownColumns.map((name) => `o.${name}`);
  const values = [...table.columns.values()].map((column) => {
    const value = `o.${quoted(column.name)}`;
    return column.type === 'TEXT' ? `shortest_text(${value})` : value;
  });
  return [...own, ...values].join(', ');
}
