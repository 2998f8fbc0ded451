import type { Connection } from './database.js';
import { hasIdentities, identityTable, tableExists } from './identityTable.js';
import { hiddenTable } from './lists.js';
import { outrankedTable } from './placeByKey.js';
import type { Growing } from './placeLate.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/** The record of a file that stands for a key. */
export interface OwnOfKey {
  readonly recordId: number;
  readonly line: number | null;
  /** A row of the table, not one that lost to another file. */
  readonly isRow: boolean;
}

/** The record that a file has for a key, in sight or out of it. */
export function ownOfKey(
  db: Connection,
  table: Table,
  { range }: Growing,
  identity: Buffer,
): OwnOfKey | undefined {
  const find = (from: string, name: string) =>
    db
      .prepare(
        `SELECT d._id AS recordId, d._line AS line FROM ${from} WHERE ${name} = ? AND d._id BETWEEN ? AND ?`,
      )
      .get(identity, range.first, range.last) as Omit<OwnOfKey, 'isRow'> | undefined;
  if (!hasIdentities(db, table)) return undefined;
  const owners = `${identityTable(table)} i CROSS JOIN ${quoted(table.name)} d ON d._id = i.record_id`;
  const row = find(owners, 'i.identity');
  if (row) return { ...row, isRow: true };
  if (!tableExists(db, hiddenTable(table.name))) return undefined;
  const hidden = find(`${outrankedTable(table)} d`, 'd._ingest_identity');
  return hidden && { ...hidden, isRow: false };
}

/** Takes a record out, so that a later one of the same file and key can stand in its place. */
export function withdraw(db: Connection, table: Table, { recordId, isRow }: OwnOfKey): void {
  if (isRow) {
    db.prepare(`DELETE FROM ${identityTable(table)} WHERE record_id = ?`).run(recordId);
    db.prepare(`DELETE FROM ${quoted(table.name)} WHERE _id = ?`).run(recordId);
  } else {
    db.prepare(`DELETE FROM ${outrankedTable(table)} WHERE _id = ?`).run(recordId);
  }
}
