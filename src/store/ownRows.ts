import type { Connection } from './database.js';
import type { RecordIds } from './recordIds.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/**
 * Rows of the user's own, which no file has, may stand in a data table. SQLite gives a new one the id behind the last
 * row: a record may be about to get it, which then gets another, or have it and share another file's row, and the row
 * moves behind all record ids.
 */
export function moveOwnRows(db: Connection, { name }: Table, recordIds: RecordIds): void {
  const table = quoted(name);
  const top = db
    .prepare(`SELECT _id AS id, _file_id AS file FROM ${table} ORDER BY _id DESC LIMIT 1`)
    .get() as { id: number; file: number | null } | undefined;
  if (!top || top.file !== null) return;
  const free = recordIds.passOver(top.id);
  const last = db
    .prepare(`SELECT _id FROM ${table} WHERE _file_id IS NOT NULL ORDER BY _id DESC LIMIT 1`)
    .pluck()
    .get() as number | undefined;
  if (last === undefined) return;
  const inTheWay = db.prepare(`SELECT _id FROM ${table} WHERE _id > ? AND _id < ?`).pluck().all(last, free);
  const move = db.prepare(`UPDATE ${table} SET _id = ? WHERE _id = ?`);
  for (const id of inTheWay as number[]) move.run(recordIds.take(1), id);
}
