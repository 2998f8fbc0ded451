import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { IngestError, systemCode } from '../domain/errors.js';
import { asDatabaseError, type Connection, parentFile } from './database.js';

/** Held by one run at a time; the system frees it when the process ends, however it ends. */
export interface Lock {
  release(): void;
  /** Releases it and takes its file away. */
  discard(): void;
}

/** Milliseconds for which somebody who only asks may hold the lock. */
const askMs = 250;
/** Milliseconds for which a run that nobody waits for any more is given to leave. */
const leavingMs = 10_000;

/** Whether a run holds the lock of a database. To ask takes it for a moment, so do not ask without need. */
export function isLocked(db: string): boolean {
  if (!existsSync(`${db}.lock`)) return false;
  try {
    const lock = tryLock(`${db}.lock`);
    lock?.release();
    return lock === null;
  } catch {
    return false;
  }
}

/**
 * Takes the lock of a database, an exclusive transaction on `<db>.lock`. A run whose parent process was killed is
 * about to leave, and waited for. Throws IngestError `locked` (exit 11).
 */
export async function takeLock(db: string): Promise<Lock> {
  const until = Date.now() + leavingMs;
  for (;;) {
    const lock = tryLock(`${db}.lock`);
    if (lock) return lock;
    if (Date.now() > until || !isLeaving(db)) {
      throw new IngestError(
        'locked',
        `Another run holds ${db}.`,
        'Wait until it is done; `ingest status` shows it. Nothing was touched.',
      );
    }
    await sleep(50);
  }
}

/** The lock, or null when another process has it. */
function tryLock(path: string): Lock | null {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return lockOn(path);
  } catch (error) {
    if (systemCode(error).startsWith('SQLITE_BUSY')) return null;
    throw asDatabaseError(error, path);
  }
}

/** Whether the run that has the lock has lost its parent process. */
function isLeaving(db: string): boolean {
  try {
    process.kill(Number(readFileSync(join(`${db}.tmp`, parentFile), 'utf8')), 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
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
