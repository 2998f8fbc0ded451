import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { IngestError, systemCode } from '../domain/errors.js';
import { asDatabaseError, parentFile } from './database.js';

/** Held by one run at a time; the system frees it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Milliseconds for which a run that nobody waits for any more is given to leave. */
const leavingMs = 10_000;
const stepMs = 50;

/**
 * Takes the lock of a database, an exclusive transaction on `<db>.lock`. A run whose parent process was killed is
 * about to leave, and waited for. Throws IngestError `locked` (exit 11).
 */
export async function takeLock(db: string): Promise<Lock> {
  for (let waited = 0; ; waited += stepMs) {
    const lock = tryLock(`${db}.lock`);
    if (lock) return lock;
    if (waited >= leavingMs || !isLeaving(db)) {
      throw new IngestError(
        'locked',
        `Another run holds ${db}.`,
        'Wait until it is done; `ingest status` shows it. Nothing was touched.',
      );
    }
    await sleep(stepMs);
  }
}

/** The lock, or null when another process has it. */
function tryLock(path: string): Lock | null {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const lock = new Database(path, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return { release: () => lock.close() };
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
