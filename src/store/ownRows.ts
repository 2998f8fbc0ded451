import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/**
 * Rows of the user's own, which no file has, may stand in a data table. SQLite gives a new one the id behind the last
 * row: a record may be about to get it, or have it and share another file's row. Such rows move behind all record ids.
 */
export function moveOwnRows(db: Connection, { name }: Table): void {
  const table = quoted(name);
  const top = db
    .prepare(`SELECT _id AS id, _file_id AS file FROM ${table} ORDER BY _id DESC LIMIT 1`)
    .get() as { id: number; file: number | null } | undefined;
  if (!top || top.file !== null) return;
  const next = raise(db, top.id + 1);
  const last = db
    .prepare(`SELECT _id FROM ${table} WHERE _file_id IS NOT NULL ORDER BY _id DESC LIMIT 1`)
    .pluck()
    .get() as number | undefined;
  if (last === undefined) return;
  const inTheWay = db.prepare(`SELECT _id FROM ${table} WHERE _id > ? AND _id < ?`).pluck().all(last, next);
  const move = db.prepare(`UPDATE ${table} SET _id = ? WHERE _id = ?`);
  for (const id of inTheWay as number[]) move.run(raise(db, 0, 1), id);
}

/** Raises the least record id that was never given to `least` and by `more`; returns what it was before that. */
function raise(db: Connection, least: number, more = 0): number {
  const value = db
    .prepare("SELECT value FROM _ingest_counters WHERE name = 'next_record_id'")
    .pluck()
    .get() as number;
  db.prepare("UPDATE _ingest_counters SET value = ? WHERE name = 'next_record_id'").run(
    Math.max(value, least) + more,
  );
  return value;
}
