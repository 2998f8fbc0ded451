import { existsSync, statSync } from 'node:fs';
import { lockedPath, removeFolder } from '../cache/folder.js';
import { type CacheStats, type Cleared, cacheStats, clearCache } from '../cache/stats.js';
import { resolveCache } from '../config/settings.js';
import { ExitCode, IngestError, messageOf } from '../domain/errors.js';
import type { CacheSettings } from '../domain/settings.js';
import { type CacheReport, cacheText, clearedText } from '../report/cacheText.js';
import { isOnNetwork, readMounts } from '../share/filesystem.js';
import { noDatabase } from '../store/database.js';
import { takeLock } from '../store/lock.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';

/** `ingest --cache-stats` and `ingest --clear-cache`: neither touches ledger or data. */
export async function cacheCommand({ args, flags }: Call, task: 'stats' | 'clear'): Promise<number> {
  if (args.length > 0) {
    const option = task === 'stats' ? '--cache-stats' : '--clear-cache';
    throw new IngestError(
      'usage',
      `${option} is about the whole cache, but roots are given`,
      'leave one of the two out',
    );
  }
  const { db, cache, output } = await resolveCache(flags, process.env, process.cwd());
  const { path, maxBytes } = cache;
  checkPlace(path);
  if (task === 'clear') {
    const cleared = await clear(path);
    if (output.json) printJson({ type: 'cache_cleared', path, ...cleared });
    else print(clearedText(path, cleared));
    return ExitCode.done;
  }
  if (!existsSync(path) && !existsSync(db)) throw noDatabase(db);
  const stats = statsOf(path);
  if (output.json) printJson({ type: 'cache', path, maxBytes, ...stats });
  else print(cacheText({ path, maxBytes, stats }, stdoutPage(output)));
  return ExitCode.done;
}

function statsOf(path: string): CacheStats | null {
  try {
    return cacheStats(path);
  } catch (error) {
    throw new IngestError(
      'cache',
      `The parse cache ${path} cannot be read: ${messageOf(error)}.`,
      'ingest --clear-cache empties it; nothing is lost by that but time.',
      { cause: error },
    );
  }
}

/** The figures of a cache as far as they can be had; null where there is none. */
export function cacheReport(cache: CacheSettings | null): CacheReport | null {
  if (cache === null || isOnNetwork(cache.path, readMounts())) return null;
  const { path, maxBytes } = cache;
  try {
    return { path, maxBytes, stats: cacheStats(path) };
  } catch {
    return null;
  }
}

/** Throws IngestError `locked` (exit 11) while a run has the cache. */
async function clear(path: string): Promise<Cleared> {
  if (!existsSync(path)) return { entries: 0, bytes: 0 };
  const lock = await takeLock(lockedPath(path));
  try {
    return clearCache(path);
  } finally {
    lock.discard();
    removeFolder(path);
  }
}

/** A share that hangs must not be asked, and a file is no cache. */
function checkPlace(path: string): void {
  const hint = 'Name the folder of the cache with --cache.';
  if (isOnNetwork(path, readMounts())) {
    throw new IngestError('usage', `${path} lies on a network file system, where no cache is kept.`, hint);
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) throw new IngestError('usage', `${path} is not a folder.`, hint);
}
