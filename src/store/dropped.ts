import { folded } from '../domain/columnName.js';
import type { Connection } from './database.js';
import { childrenOf, isChildTable, recordsTableOf } from './family.js';
import { blocksTable } from './identityBlocks.js';
import { lookupTable } from './identityLookup.js';
import { LateRecords } from './lateRecords.js';
import { hiddenTable } from './lists.js';
import { removeSharesOf } from './rowShares.js';
import { forgetPrefixes } from './savedPrefixes.js';
import { quoted } from './sql.js';
import { ownColumns } from './table.js';

/**
 * Forgets everything that stood in data tables which somebody has dropped since, in the caller's transaction: what
 * the ledger says of their files' content, the identities of their rows, their columns. The files are then loaded
 * again. Returns the names of the tables.
 */
export function forgetDroppedTables(db: Connection): string[] {
  const dropped = db
    .prepare(
      `SELECT DISTINCT table_name FROM _ingest_columns
       WHERE lower(table_name) NOT IN (SELECT lower(name) FROM sqlite_master WHERE type = 'table')`,
    )
    .pluck()
    .all() as string[];
  for (const table of dropped) {
    if (isChildTable(db, table)) forgetLists(db, table);
    else forget(db, table);
  }
  return dropped;
}

/** The files whose lists stood in a child table are loaded again, as under other settings. */
function forgetLists(db: Connection, table: string): void {
  db.prepare("UPDATE _ingest_files SET settings_hash = '' WHERE lower(table_name) = ?").run(
    folded(recordsTableOf(db, table)),
  );
  for (const child of childrenOf(db, table)) db.exec(`DELETE FROM ${quoted(child.name)}`);
  db.exec(`DROP TABLE IF EXISTS ${quoted(hiddenTable(table))}`);
  db.prepare('DELETE FROM _ingest_columns WHERE table_name = ?').run(table);
  if (childrenOf(db, table).length === 0)
    db.prepare('DELETE FROM _ingest_child_tables WHERE table_name = ?').run(table);
}

function forget(db: Connection, table: string): void {
  db.exec(
    `DROP TABLE IF EXISTS ${quoted(`_ingest_identity_${table}`)};
     DROP TABLE IF EXISTS ${quoted(blocksTable(table))};
     DROP TABLE IF EXISTS ${quoted(lookupTable(table))};
     DROP TABLE IF EXISTS ${quoted(hiddenTable(table))}`,
  );
  forgetPrefixes(db, table);
  new LateRecords(db, table).clear();
  for (const child of childrenOf(db, table)) {
    db.exec(`DELETE FROM ${quoted(child.name)}; DROP TABLE IF EXISTS ${quoted(hiddenTable(child.name))}`);
  }
  for (const kept of ['_ingest_rejects', '_ingest_readings', '_ingest_preamble']) {
    db.prepare(
      `DELETE FROM ${kept} WHERE file_id IN (SELECT file_id FROM _ingest_files WHERE lower(table_name) = ?)`,
    ).run(folded(table));
  }
  removeSharesOf(db, folded(table));
  db.prepare('DELETE FROM _ingest_columns WHERE table_name = ?').run(table);
  db.prepare(
    `UPDATE _ingest_files SET sha256 = NULL, duplicate_of = NULL, first_record = NULL, last_record = NULL,
       records = 0, rows = 0, deduplicated = 0, rejected = 0
     WHERE lower(table_name) = ?`,
  ).run(folded(table));
}

/** Whether a table of that name is somebody else's: it has not the columns that every data table starts with. */
export function isForeignTable(db: Connection, name: string): boolean {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(name) as string[];
  const names = new Set(columns.map(folded));
  return columns.length > 0 && !ownColumns.every((own) => names.has(own));
}
