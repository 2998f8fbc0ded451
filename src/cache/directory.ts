import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { systemCode } from '../domain/errors.js';
import { directoryPath, makeFolder } from './folder.js';

/** Raised when older directories, or segments, can no longer be used; these are then emptied. */
const version = 4;

/** Bytes of a file above which it is known by its size whether it may have been read before. */
export const listedSize = 1024 * 1024;

/** Milliseconds that a reader waits for a writer in the middle of a commit. */
const busyTimeout = 1000;

/**
 * - `segments`: the kept segments, each a file of that name beside the directory;
 * - `contents`: which of them holds what was parsed of a content under given settings (both by hash), and the place of
 *   the file in it, which the segment itself confirms;
 * - `places`: which content a path had when it was last read. `proof` is a hash over the other columns: a row that was
 *   damaged is as good as none.
 *
 * Contents of segments that are gone, and places of such contents, say nothing and may stay for a while: no segment gets
 * the id of another. So neither needs an index to be found by, which would cost more than all the rest.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS segments (
    segment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS segments_by_use ON segments (used_at);
  CREATE TABLE IF NOT EXISTS contents (
    sha256 TEXT NOT NULL,
    settings TEXT NOT NULL,
    segment_id INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (sha256, settings)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS places (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    looked_at_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    proof TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS places_by_size ON places (size) WHERE size > ${listedSize};
  CREATE TABLE IF NOT EXISTS figures (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
`;

const tables = ['segments', 'contents', 'places', 'figures'];

/** Opens the directory of a cache for a run, and makes it if need be. Throws what the system or SQLite throws. */
export function openDirectory(folder: string): Database.Database {
  makeFolder(folder);
  return opened(folder, {}, (db) => {
    const found = versionOf(db);
    // Given back step by step, so that clearing a large cache need not copy the rest.
    db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    if (found !== version) startAnew(db);
    db.exec(schema);
  });
}

/**
 * Opens the directory of a cache for looking; works while a run goes on. Null when there is none, or one of an older
 * version. Throws what SQLite throws, and for a newer version.
 */
export function readDirectory(folder: string): Database.Database | null {
  if (!existsSync(directoryPath(folder))) return null;
  const db = opened(folder, { readonly: true, fileMustExist: true }, versionOf);
  if (versionOf(db) === version) return db;
  db.close();
  return null;
}

/** Closes a directory so that only the file itself is left, if nobody else reads it. */
export function closeDirectory(db: Database.Database): void {
  try {
    db.pragma('busy_timeout = 0');
    // With a log, even those who only read would have to make files beside it.
    if (!db.readonly) db.pragma('journal_mode = DELETE');
  } catch {
    // The next run opens it with its log.
  } finally {
    db.close();
  }
}

/** Whether an error says that a directory is not what it was, and not that it cannot be read or written just now. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|ERROR|CONSTRAINT|MISMATCH|RANGE|FORMAT|TOOBIG)/.test(systemCode(error));
}

function versionOf(db: Database.Database): number {
  const found = Number(db.pragma('user_version', { simple: true }));
  if (found > version) throw new Error('it was made by a newer version');
  return found;
}

function opened(
  folder: string,
  options: Database.Options,
  ready: (db: Database.Database) => unknown,
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
