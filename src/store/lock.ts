import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { IngestError, systemCode } from '../domain/errors.js';
import { asDatabaseError, type Connection } from './database.js';

/** Held by one run at a time; the system frees it when the process ends, however it ends. */
export interface Lock {
  release(): void;
  /** Releases it and takes its file away. */
  discard(): void;
}

/** Milliseconds for which somebody who only asks may hold the lock. */
const askMs = 250;

/** Whether a run holds the lock of a database. To ask takes it for a moment, so do not ask without need. */
export function isLocked(db: string): boolean {
  if (!existsSync(`${db}.lock`)) return false;
  try {
    takeLock(db).release();
    return false;
  } catch (error) {
    return error instanceof IngestError && error.code === 'locked';
  }
}

/** Takes the lock of a database, an exclusive transaction on `<db>.lock`. Throws IngestError `locked` (exit 11). */
export function takeLock(db: string): Lock {
  const path = `${db}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    return lockOn(path);
  } catch (error) {
    if (systemCode(error).startsWith('SQLITE_BUSY')) {
      throw new IngestError(
        'locked',
        `Another run holds ${db}.`,
        'Wait until it is done; `ingest status` shows it. Nothing was touched.',
      );
    }
    throw asDatabaseError(error, path);
  }
}

/** Another run may take the file away between the moment it is opened and the moment it is locked: then again. */
function lockOn(path: string): Lock {
  for (;;) {
    const before = inodeOf(path);
    const lock = new Database(path, { timeout: askMs });
    try {
      lock.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      lock.close();
      throw error;
    }
    if (before !== null && inodeOf(path) === before) return heldLock(lock, path);
    lock.close();
  }
}

function heldLock(lock: Connection, path: string): Lock {
  const release = () => void lock.close();
  const discard = () => {
    // Windows does not let go of a file that is open.
    if (process.platform !== 'win32') rmSync(path, { force: true });
    release();
  };
  return { release, discard };
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
