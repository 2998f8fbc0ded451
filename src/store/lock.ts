import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { IngestError, systemCode } from '../domain/errors.js';
import { asDatabaseError } from './database.js';

/** Held by one run at a time; the system frees it when the process ends, however it ends. */
export interface Lock {
  release(): void;
}

/** Takes the lock of a database, an exclusive transaction on `<db>.lock`. Throws IngestError `locked` (exit 11). */
export function takeLock(db: string): Lock {
  const path = `${db}.lock`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const lock = new Database(path, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return { release: () => lock.close() };
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
