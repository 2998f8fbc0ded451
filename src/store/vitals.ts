import { statSync } from 'node:fs';
import { messageOf, systemCode } from '../domain/errors.js';
import type { Connection } from './database.js';

/** On how many days something new came, by source or table. */
export interface Arrivals {
  readonly name: string;
  /** `2026-11-21`, in order, with the number of files. */
  readonly days: readonly { readonly day: string; readonly files: number }[];
}

/** New files of each source by the day on which they were first seen. */
export function arrivalsBySource(db: Connection): Arrivals[] {
  return arrivals(db, 'source', 'first_seen_at');
}

/** Files that were loaded into each table by day. */
export function arrivalsByTable(db: Connection): Arrivals[] {
  return arrivals(db, 'table_name', 'loaded_at');
}

function arrivals(
  db: Connection,
  name: 'source' | 'table_name',
  time: 'first_seen_at' | 'loaded_at',
): Arrivals[] {
  const rows = db
    .prepare(
      `SELECT ${name} AS name, substr(${time}, 1, 10) AS day, count(*) AS files FROM _ingest_files
       WHERE ${time} IS NOT NULL AND ${name} <> '' GROUP BY 1, 2 ORDER BY 1, 2`,
    )
    .all() as { name: string; day: string; files: number }[];
  const names = [...new Set(rows.map((row) => row.name))];
  return names.map((of) => ({
    name: of,
    days: rows.flatMap(({ name: from, day, files }) => (from === of ? [{ day, files }] : [])),
  }));
}

/** Seconds that the newest files of each source are dated ahead of the moment at which they were looked at. */
export function secondsAhead(db: Connection): Map<string, number> {
  const rows = db
    .prepare(
      'SELECT source, max(mtime_ns - looked_at_ns) / 1000000000 AS ahead FROM _ingest_files GROUP BY 1',
    )
    .all() as { source: string; ahead: number }[];
  return new Map(rows.map(({ source, ahead }) => [source, ahead]));
}

/** What SQLite finds wrong with its file, the first of it; null when it is whole. `full` also checks the indexes. */
export function damageOf(db: Connection, full: boolean): string | null {
  try {
    const found = String(db.pragma(full ? 'integrity_check(1)' : 'quick_check(1)', { simple: true }));
    return found === 'ok' ? null : found;
  } catch (error) {
    if (systemCode(error).startsWith('SQLITE_CORRUPT')) return messageOf(error);
    throw error;
  }
}

/** Bytes of the write-ahead log. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** A file of which the ledger knows the content. */
export interface KnownContent {
  readonly source: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly sha256: string;
}

/** `limit` files that are loaded or duplicates, at random. */
export function knownContents(db: Connection, limit: number): KnownContent[] {
  const rows = db
    .prepare(
      `SELECT source, path, size, mtime_ns AS mtimeNs, sha256 FROM _ingest_files
       WHERE status IN ('loaded', 'duplicate') AND sha256 IS NOT NULL ORDER BY random() LIMIT ?`,
    )
    .safeIntegers()
    .all(limit) as (Omit<KnownContent, 'size'> & { size: bigint })[];
  return rows.map((row) => ({ ...row, size: Number(row.size) }));
}
