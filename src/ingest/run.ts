import { existsSync, statSync } from 'node:fs';
import { workersInForce } from '../config/inForce.js';
import { defaultDeadlines } from '../config/sources.js';
import { ExitCode, IngestError } from '../domain/errors.js';
import type { Announce, Summary } from '../domain/event.js';
import type { RunSettings } from '../domain/settings.js';
import { createPool } from '../parse/pool.js';
import { isOnNetwork } from '../share/filesystem.js';
import { resolvedPath } from '../share/root.js';
import { type System, thisSystem } from '../share/system.js';
import {
  type Connection,
  hasLedger,
  makeTemporaryFolder,
  openForCheck,
  removeDatabase,
} from '../store/database.js';
import { isForeignTable } from '../store/dropped.js';
import { type Lock, takeLock } from '../store/lock.js';
import { Sources } from '../store/sources.js';
import { Store } from '../store/store.js';
import { foreignTable } from '../store/tables.js';
import { unlessAborted } from './abort.js';
import { checkPlace, type PlannedSource, planSources } from './plan.js';
import { asIngestError } from './record.js';
import { Session, type SessionParts } from './session.js';
import { checkShard, claimShard } from './shard.js';

/**
 * One run: scans the sources, decides, loads, and proves that it adds up. Announces what happens; the last event is
 * the summary, which is also returned. Throws IngestError for what ends the run early (exit codes 1, 2 and 11), after
 * a summary if anything had been counted. Aborting `signal` ends it soon, with nothing half done; before anything was
 * begun its reason is thrown.
 */
export async function run(
  wanted: RunSettings,
  announce: Announce,
  signal: AbortSignal,
  system: System = thisSystem,
): Promise<Summary> {
  const began = performance.now();
  const settings = { ...wanted, db: await databasePlace(wanted.db, system) };
  const sources = await unlessAborted(planSources(settings.sources, system), signal);
  checkLedger(settings, sources);
  const lock = await unlessAborted(lockOf(settings), signal);
  const freeLock = atExit(() => lock?.release());
  const isNew = !existsSync(settings.db);
  try {
    const summary = await withStore(settings, sources, { announce, signal, system, began });
    if (isNew && lock !== null && foundNothing(summary)) {
      removeDatabase(settings.db);
      lock.discard();
    }
    return summary;
  } catch (error) {
    throw asIngestError(error, settings.db);
  } finally {
    freeLock();
  }
}

/**
 * Whether no source could be believed and no file came to anything: then a misspelt root leaves nothing behind. A source
 * that was lost in the middle of a run may have given rows before.
 */
function foundNothing({ exitCode, files, sources }: Summary): boolean {
  const lost = sources.every(({ state }) => state !== 'healthy');
  return exitCode === ExitCode.sourceDown && lost && files.seen === files.deferred;
}

/**
 * Makes sure that `release` is called once: by the function returned, or at the latest when the process exits. A
 * process with a call that hangs may outlast its own end, and what it holds with it.
 */
function atExit(release: () => void): () => void {
  const last = () => {
    try {
      release();
    } catch {
      // What else is held must be let go of, too.
    }
  };
  // What was taken last is let go of first.
  process.prependListener('exit', last);
  return () => {
    process.off('exit', last);
    release();
  };
}

/** A dry run makes no lock; it only heeds one that is there. */
async function lockOf({ db, dryRun }: RunSettings): Promise<Lock | null> {
  return dryRun && !existsSync(`${db}.lock`) ? null : takeLock(db);
}

async function withStore(
  settings: RunSettings,
  sources: readonly PlannedSource[],
  around: Pick<SessionParts, 'announce' | 'signal' | 'system' | 'began'>,
): Promise<Summary> {
  const folder = makeTemporaryFolder(settings.db, settings.dryRun);
  const pool = createPool(workersInForce(settings.workers), around.system);
  let close = (): void => {};
  try {
    const { db: path, dryRun } = settings;
    const pause = (ms: number) => around.system.pause(ms, around.signal);
    const store = Store.open({ path, dryRun, folder: folder.path, pause });
    close = atExit(() => store.close());
    await claimShard(store, settings.shard);
    const session = await Session.begin({ settings, sources, store, pool, folder: folder.path, ...around });
    return await session.run();
  } finally {
    await pool.close();
    close();
    folder.remove();
  }
}

/**
 * Throws, before anything is touched, when the database is a newer one, knows a source from another place, holds another
 * shard, or has a table of somebody else's by the name of one of ours.
 */
function checkLedger({ db, shard }: RunSettings, planned: readonly PlannedSource[]): void {
  const existing = existsSync(db) ? openedForCheck(db) : null;
  if (!existing) return;
  try {
    const tables = new Set(planned.flatMap(({ settings }) => settings.tables.map(({ table }) => table)));
    for (const table of tables) if (isForeignTable(existing, table)) throw foreignTable(table);
    if (!hasLedger(existing, db)) return;
    const known = new Sources(existing);
    for (const source of planned) checkPlace(source, known.find(source.name));
    checkShard(existing, shard);
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

/**
 * Where the database really lies: it has one lock, whatever links lead to it. Throws, before anything is made, when it
 * cannot or must not be there.
 */
export async function databasePlace(wanted: string, system: System): Promise<string> {
  const mounts = system.mounts();
  // A share that hangs must not be asked; a link that leads to one is asked so that it can be left.
  if (isOnNetwork(wanted, mounts)) throw onNetwork(wanted);
  const place = await resolvedPath(wanted, { calls: system.calls('network'), deadlines: defaultDeadlines });
  if (isOnNetwork(place, mounts)) throw onNetwork(place);
  const existing = statSync(place, { throwIfNoEntry: false });
  if (!existing || existing.isFile()) return place;
  throw new IngestError('usage', `${place} is not a file.`, 'Name the file of the database with --db.');
}

function onNetwork(db: string): IngestError {
  return new IngestError(
    'network_database',
    `The database ${db} lies on a network file system, where SQLite's write-ahead log is not safe.`,
    'Put it on a local disk with --db, and copy it to the share afterwards if others need it there.',
  );
}
