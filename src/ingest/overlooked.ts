import { dirname, join, posix } from 'node:path';
import { ask } from '../share/root.js';
import type { Connection } from '../store/database.js';
import { Folders } from '../store/folders.js';
import { Sources } from '../store/sources.js';
import type { Standing } from './standing.js';
import { daysBefore, isFullScanDue } from './thrift.js';

/**
 * Why the next run of a source would not even look at a file, though its patterns choose it: what `recentDays` and
 * `immutable` say until a full scan is due. Null when it would.
 */
export async function whyOverlooked(
  standing: Standing,
  path: string,
  db: Connection | null,
): Promise<string | null> {
  const { name, settings, dated } = standing.source;
  const { recentDays, immutable } = settings.thrift;
  const last = db && (new Sources(db).find(name)?.lastFullScanAt ?? null);
  if (db === null || last === null || isFullScanDue(settings.thrift, last, Date.now())) return null;
  const next = new Date(Date.parse(last) + settings.thrift.everyMs).toISOString().slice(0, 16);
  const until = `; all folders are looked into in the first run after ${next.replace('T', ' ')} UTC`;
  const folder = posix.dirname(path);
  if (recentDays !== null && dated?.isBefore(folder, daysBefore(Date.now(), recentDays)))
    return `its folder is older than "recentDays": ${recentDays}${until}`;
  if (immutable && (await isStill(standing, path, db)))
    return `its folder is as it was, and "immutable" says that no file in it changes${until}`;
  return null;
}

async function isStill({ source, reach }: Standing, path: string, db: Connection): Promise<boolean> {
  const folder = posix.dirname(path);
  const noted = new Folders(db).of(source.name, source.settingsHash).get(folder === '.' ? '' : folder);
  if (noted === undefined) return false;
  const now = await ask(reach, 'stat', dirname(join(source.folder, path))).catch(() => null);
  return now?.mtimeNs === noted;
}
