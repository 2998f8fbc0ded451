import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { IngestError, messageOf, systemCode } from '../domain/errors.js';
import { shortestText, withPoint } from './columnType.js';
import { migrate, readSchemaVersion, schemaVersion } from './schema.js';

export type Connection = Database.Database;

/** Milliseconds that a statement waits for another program; a transaction then backs off and tries again. */
const busyTimeout = 250;

/** Bytes of the write-ahead log after which its pages are copied into the database. */
const logBytes = 64 * 1024 * 1024;

/** In the folder of temporary files: the process that waits for the run. */
export const parentFile = 'parent.pid';

/** The folder of a run's temporary files. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/**
 * Makes `<db>.tmp/`, empty, for segments and SQLite's own spill files; the lock must be held. A dry run writes nothing
 * beside the database and gets a folder among the system's temporary ones. Throws IngestError when it cannot be made.
 */
export function makeTemporaryFolder(db: string, dryRun: boolean): TemporaryFolder {
  const path = dryRun ? join(tmpdir(), `ingest-dry-run-${process.pid}`) : `${db}.tmp`;
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(join(path, parentFile), String(process.ppid));
  } catch (error) {
    throw new IngestError(
      systemCode(error) === 'ENOSPC' ? 'disk_full' : 'database',
      `The folder ${path} cannot be made: ${messageOf(error)}.`,
      'Check that the folder of the database may be written and has room, or name another with --db.',
      { cause: error },
    );
  }
  process.env.SQLITE_TMPDIR = path;
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function pageSizeOf(db: Connection): number {
  return Number(db.pragma('page_size', { simple: true }));
}

/** Takes away a closed database of which nothing is wanted. */
export function removeDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}

/**
 * Opens the database for a run, makes it if it is missing (its folder is there since the lock was) and brings its schema up to date.
 * Throws IngestError `database` (not a database, damaged, unwritable) or `newer_database`.
 */
export function openForRun(path: string): Connection {
  makePrivate(path);
  return opened(path, { timeout: busyTimeout }, (db) => {
    prepare(db);
    // A database that is newer is left exactly as it is, so the version is read before anything is set.
    readSchemaVersion(db, path);
    // Pages as large as those of segments: a seventh less processor for a large file. A database keeps what it has.
    db.pragma('page_size = 16384');
    // Readers are never blocked by the writer.
    db.pragma('journal_mode = WAL');
    // A power cut may drop the last commits, rows and ledger together; those files are read again.
    db.pragma('synchronous = NORMAL');
    // Pages of indexes are written again and again, and copied once; what is copied is still in memory.
    db.pragma(`wal_autocheckpoint = ${Math.ceil(logBytes / pageSizeOf(db))}`);
    migrate(db, path);
  });
}

/**
 * Makes a missing database as an empty file that only its owner and group may read, as far as the umask lets them:
 * what it will hold may be about people. SQLite gives its log the same rights. That it cannot be made, opening it says.
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o640));
  } catch {
    // It is there, or it is told of by whoever opens it.
  }
}

/**
 * Opens what a dry run works on: the database itself inside a transaction that is never committed, or, where there is
 * none, a temporary one that vanishes when closed. Nothing that is written lasts. Where SQLite would write in spite of
 * that, or cannot open the database because it may not write, a copy in `folder` serves.
 */
export function openForDryRun(path: string, folder: string): Connection {
  // Whoever closes a database last moves what a killed run left in its log into it.
  const leftover = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (leftover > 0) return beginDryRun(copyDatabase(path, folder));
  try {
    return beginDryRun(existsSync(path) ? path : '');
  } catch (error) {
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(systemCode(causeOf(error)))) throw error;
    return beginDryRun(copyDatabase(path, folder));
  }
}

function beginDryRun(path: string): Connection {
  return opened(path, { timeout: 0 }, (db) => {
    prepare(db);
    readSchemaVersion(db, path);
    db.exec('BEGIN IMMEDIATE');
    migrate(db, path);
  });
}

/** Copies a database with what its write-ahead log still holds; returns the copy's path. */
function copyDatabase(path: string, folder: string): string {
  const copy = join(folder, 'copy.db');
  for (const end of ['', '-wal']) {
    if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
  }
  return copy;
}

/** For a command that looks at a database, where there is none. */
export function noDatabase(path: string): IngestError {
  return new IngestError(
    'usage',
    `There is no database at ${path}.`,
    'Name it with --db, or load files first.',
  );
}

/** Opens an existing database for looking; works while a run goes on. */
export function openForReading(path: string): Connection {
  if (!existsSync(path)) throw noDatabase(path);
  try {
    return openedForReading(path);
  } catch (error) {
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(systemCode(causeOf(error)))) throw error;
    throw new IngestError(
      'database',
      `The database ${path} cannot be read by this user.`,
      'Give them the right to read it, and to write to its folder: SQLite keeps its log there while it is read.',
      { cause: error },
    );
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof IngestError ? error.cause : error;
}

function openedForReading(path: string): Connection {
  return opened(path, { readonly: true, timeout: busyTimeout }, (db) => {
    if (hasLedger(db, path)) return;
    throw new IngestError(
      'usage',
      `${path} has no ledger of this version of ingest.`,
      'Name the database of an earlier run with --db, or run ingest once: it brings the schema up to date.',
    );
  });
}

/**
 * Opens an existing database to look at it before a run. Nothing is written; a connection that could write takes
 * SQLite's auxiliary files away again. Throws `newer_database`, or `usage` for a file that is no database.
 */
export function openForCheck(path: string): Connection {
  return opened(path, { fileMustExist: true, timeout: busyTimeout }, (db) => {
    readSchemaVersion(db, path);
  });
}

/** Whether a database has a ledger of this program's version. */
export function hasLedger(db: Connection, path: string): boolean {
  return readSchemaVersion(db, path) === schemaVersion;
}

function prepare(db: Connection): void {
  db.pragma('cache_size = -65536');
  // As SQLite itself has it: a user's table that refers to one of ours must not lose rows when ours is rebuilt.
  db.pragma('foreign_keys = OFF');
  // An integer must not pass through a double on its way into a TEXT column.
  db.function('shortest_text', { deterministic: true, safeIntegers: true }, shortestText);
  db.function('with_point', { deterministic: true }, withPoint);
}

/** Opens a database and makes it ready; one that cannot be made ready is closed again. */
function opened(path: string, options: Database.Options, ready: (db: Connection) => void): Connection {
  let db: Connection | null = null;
  try {
    db = new Database(path, options);
    ready(db);
    return db;
  } catch (error) {
    db?.close();
    throw asDatabaseError(error, path);
  }
}

/** Gives what SQLite threw its place, its cause in plain words and a way out. */
export function asDatabaseError(error: unknown, path: string): IngestError {
  if (error instanceof IngestError) return error;
  const code = systemCode(error);
  if (code.startsWith('SQLITE_BUSY')) {
    return new IngestError(
      'database',
      `Another program is writing to ${path} and does not come to an end.`,
      'End its transaction, then start again: what is in the database stays, the rest is read again.',
      { cause: error },
    );
  }
  if (code.startsWith('SQLITE_FULL')) {
    return new IngestError(
      'disk_full',
      `The disk of ${path} is full; the work under way was rolled back.`,
      'Free some space and start again: what is in the database stays, the rest is read again.',
      { cause: error },
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new IngestError('usage', `${path} is not a SQLite database.`, 'Name another file with --db.', {
      cause: error,
    });
  }
  return new IngestError(
    'database',
    `The database ${path} cannot be used: ${messageOf(error)}.`,
    hintFor(code),
    { cause: error },
  );
}

function hintFor(code: string): string {
  if (code.startsWith('SQLITE_CORRUPT')) {
    return 'It is damaged: restore a copy, or move it away and load again from the files.';
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN') {
    return 'Check that the file and its folder may be written, or name another with --db.';
  }
  return 'Check the disk it lies on, then start again.';
}
