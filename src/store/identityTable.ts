import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/** `_ingest_identity_<table>`: the identity by key of each row by its `_id`, unique. */
export function identityTable(table: Table): string {
  return quoted(`_ingest_identity_${table.name}`);
}

export function hasIdentities(db: Connection, table: Table): boolean {
  return tableExists(db, `_ingest_identity_${table.name}`);
}

export function createIdentityTable(db: Connection, table: Table): void {
  if (hasIdentities(db, table)) return;
  db.exec(
    `CREATE TABLE ${identityTable(table)} (record_id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE) STRICT`,
  );
}

export function tableExists(db: Connection, name: string): boolean {
  return db.prepare('SELECT 1 FROM pragma_table_info(?) LIMIT 1').get(name) !== undefined;
}
