import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { IngestError } from '../domain/errors.js';
import type { Announce, Summary } from '../domain/event.js';
import type { RunSettings } from '../domain/settings.js';
import { createPool } from '../parse/pool.js';
import { isOnNetwork, type Mount, readMounts, resolvedPath } from '../share/filesystem.js';
import { type Connection, hasLedger, makeTemporaryFolder, openForCheck } from '../store/database.js';
import { isForeignTable } from '../store/dropped.js';
import { type Lock, takeLock } from '../store/lock.js';
import { Sources } from '../store/sources.js';
import { Store } from '../store/store.js';
import { foreignTable } from '../store/tables.js';
import { checkPlace, type PlannedSource, planSources } from './plan.js';
import { asIngestError } from './record.js';
import { Session } from './session.js';

/** Threads beyond this number wait for the one writer. */
const maxThreads = 8;

/** Parser threads of a run. */
export function threadsOf(settings: RunSettings): number {
  return settings.workers ?? Math.min(availableParallelism(), maxThreads);
}

/**
 * One run: scans the sources, decides, loads, and proves that it adds up. Announces what happens; the last event is
 * the summary, which is also returned. Throws IngestError for what ends the run early (exit codes 1, 2 and 11), after
 * a summary if anything had been counted. Aborting `signal` ends it soon, with nothing half done.
 */
export async function run(wanted: RunSettings, announce: Announce, signal: AbortSignal): Promise<Summary> {
  const mounts = readMounts();
  // One database has one lock, whatever links lead to it.
  const settings = { ...wanted, db: resolvedPath(wanted.db) };
  checkDatabasePlace(settings.db, mounts);
  const sources = planSources(settings.sources, mounts);
  checkLedger(settings.db, sources);
  const lock = lockOf(settings);
  try {
    return await withStore(settings, sources, announce, signal);
  } catch (error) {
    throw asIngestError(error, settings.db);
  } finally {
    lock?.release();
  }
}

/** A dry run makes no lock; it only heeds one that is there. */
function lockOf({ db, dryRun }: RunSettings): Lock | null {
  return dryRun && !existsSync(`${db}.lock`) ? null : takeLock(db);
}

async function withStore(
  settings: RunSettings,
  sources: readonly PlannedSource[],
  announce: Announce,
  signal: AbortSignal,
): Promise<Summary> {
  const folder = makeTemporaryFolder(settings.db, settings.dryRun);
  const pool = createPool(threadsOf(settings));
  let store: Store | null = null;
  try {
    store = Store.open(settings.db, settings.dryRun, folder.path);
    const session = new Session({ settings, sources, store, pool, folder: folder.path, announce, signal });
    return await session.run();
  } finally {
    await pool.close();
    store?.close();
    folder.remove();
  }
}

/**
 * Throws, before anything is touched, when the database is a newer one, knows a source from another place, or has a
 * table of somebody else's by the name of one of ours.
 */
function checkLedger(db: string, planned: readonly PlannedSource[]): void {
  const existing = existsSync(db) ? openedForCheck(db) : null;
  if (!existing) return;
  try {
    const tables = new Set(planned.flatMap(({ settings }) => settings.tables.map(({ table }) => table)));
    for (const table of tables) if (isForeignTable(existing, table)) throw foreignTable(table);
    if (!hasLedger(existing, db)) return;
    const known = new Sources(existing);
    for (const source of planned) checkPlace(source, known.find(source.name));
  } finally {
    existing.close();
  }
}

/** A database that cannot even be read is left for the run to open, which says more. */
function openedForCheck(db: string): Connection | null {
  try {
    return openForCheck(db);
  } catch (error) {
    if (error instanceof IngestError && error.code === 'database') return null;
    throw error;
  }
}

/** Throws, before anything is made, when a database cannot or must not be where it is asked for. */
function checkDatabasePlace(db: string, mounts: readonly Mount[]): void {
  const existing = statSync(db, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) {
    throw new IngestError('usage', `${db} is not a file.`, 'Name the file of the database with --db.');
  }
  if (!isOnNetwork(db, mounts)) return;
  throw new IngestError(
    'network_database',
    `The database ${db} lies on a network file system, where SQLite's write-ahead log is not safe.`,
    'Put it on a local disk with --db, and copy it to the share afterwards if others need it there.',
  );
}
