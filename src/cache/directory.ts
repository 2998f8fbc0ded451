import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Raised when older directories, or segments, can no longer be used; these are then emptied. */
const version = 1;

/** Milliseconds that a reader waits for a writer in the middle of a commit. */
const busyTimeout = 1000;

/**
 * - `segments`: the kept segments, each a file of that name beside the directory;
 * - `contents`: which of them holds what was parsed of a content under given settings, by a hash over both;
 * - `places`: which content a path had when it was last read.
 *
 * `proof` is a hash over the other columns: a row that was damaged is as good as none.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS segments (
    segment_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS segments_by_use ON segments (used_at);
  CREATE TABLE IF NOT EXISTS contents (
    key TEXT PRIMARY KEY,
    segment_id INTEGER NOT NULL,
    file INTEGER NOT NULL,
    proof TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS contents_by_segment ON contents (segment_id);
  CREATE TABLE IF NOT EXISTS places (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    looked_at_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    proof TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS places_by_segment ON places (segment_id);
  CREATE TABLE IF NOT EXISTS figures (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
`;

const tables = ['segments', 'contents', 'places', 'figures'];

/** Whether a name is one that the cache gives to a segment. */
export function isSegment(name: string): boolean {
  return name.endsWith('.segment');
}

export function directoryPath(folder: string): string {
  return join(folder, 'directory.db');
}

/** Opens the directory of a cache for a run, and makes it if need be. Throws what the system or SQLite throws. */
export function openDirectory(folder: string): Database.Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return opened(folder, {}, (db) => {
    const found = Number(db.pragma('user_version', { simple: true }));
    if (found > version) throw new Error('it was made by a newer version');
    // Given back step by step, so that clearing a large cache need not copy the rest.
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    if (found !== version) startAnew(db);
    db.exec(schema);
  });
}

/** Opens the directory of a cache for looking; works while a run goes on. Throws if there is none of this version. */
export function readDirectory(folder: string): Database.Database {
  return opened(folder, { readonly: true, fileMustExist: true }, (db) => {
    if (db.pragma('user_version', { simple: true }) !== version) throw new Error('it is of another version');
  });
}

function opened(
  folder: string,
  options: Database.Options,
  ready: (db: Database.Database) => void,
): Database.Database {
  const db = new Database(directoryPath(folder), { timeout: busyTimeout, ...options });
  try {
    ready(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Files of another version are swept with the next clean-up, as no row names them. */
function startAnew(db: Database.Database): void {
  db.transaction(() => {
    for (const table of tables) db.exec(`DROP TABLE IF EXISTS ${table}`);
    db.pragma(`user_version = ${version}`);
  })();
}

/** A hash over what a row says. */
export function proofOf(...said: readonly (string | number | bigint)[]): string {
  return hash('sha256', said.join('\0'), 'hex').slice(0, 16);
}
