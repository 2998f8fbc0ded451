import Database from 'better-sqlite3';
import type { Connection } from './database.js';
import { quoted } from './sql.js';

/** The schema name under which a segment's tables can be read. */
export type SegmentSchema = 'segment' | 'temp';

/** Lets `work` read a segment's tables by SQL. `work` runs its own transactions. */
export async function withSegment<T>(
  db: Connection,
  path: string,
  work: (schema: SegmentSchema) => Promise<T>,
): Promise<T> {
  // SQLite attaches nothing inside a transaction; a dry run, which is one, reads a copy.
  if (db.inTransaction) return withCopiedSegment(db, path, work);
  db.prepare('ATTACH ? AS segment').run(path);
  try {
    return await work('segment');
  } finally {
    db.exec('DETACH segment');
  }
}

/** Whether SQLite finds no fault with a segment. */
export function isSound(path: string): boolean {
  try {
    const segment = new Database(path, { readonly: true, fileMustExist: true });
    try {
      return segment.pragma('integrity_check(1)', { simple: true }) === 'ok';
    } finally {
      segment.close();
    }
  } catch {
    return false;
  }
}

async function withCopiedSegment<T>(
  db: Connection,
  path: string,
  work: (schema: SegmentSchema) => Promise<T>,
): Promise<T> {
  const segment = new Database(path, { readonly: true });
  const tables = segment.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all() as {
    name: string;
    sql: string;
  }[];
  try {
    for (const { name, sql } of tables) copyTable(db, segment, name, sql);
    return await work('temp');
  } finally {
    for (const { name } of tables) db.exec(`DROP TABLE IF EXISTS temp.${quoted(name)}`);
    segment.close();
  }
}

function copyTable(db: Connection, segment: Connection, name: string, sql: string): void {
  db.exec(sql.replace(/^CREATE TABLE/i, 'CREATE TEMP TABLE'));
  const select = segment.prepare(`SELECT * FROM ${quoted(name)}`).raw();
  const insert = db.prepare(
    `INSERT INTO temp.${quoted(name)} VALUES (${select
      .columns()
      .map(() => '?')
      .join(', ')})`,
  );
  for (const row of select.iterate()) insert.run(row as unknown[]);
}
