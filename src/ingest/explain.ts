import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { IngestError } from '../domain/errors.js';
import type { Explanation } from '../report/explainText.js';
import type { Reach } from '../share/read.js';
import type { Connection } from '../store/database.js';
import { listRows, rejectedRecords, sharedRows } from '../store/fileRows.js';
import { Ledger, type LedgerEntry } from '../store/ledger.js';
import { fileFacts } from '../store/queries.js';
import { lastRename, renameOf } from '../store/renames.js';
import { quoted } from '../store/sql.js';

import { isThere, lookAt } from './lookAt.js';
import { type NextRunSettings, nextRun } from './nextRun.js';
import type { KnownSources, Standing } from './standing.js';

/** A file that was asked for, and the source that holds it. */
interface Place extends Standing {
  /** Relative to the source's folder. */
  readonly path: string;
}

/** What is known where a file is asked for. */
export interface Surroundings extends KnownSources {
  /** The working folder. */
  readonly cwd: string;
  /** Without a database no run has seen anything. */
  readonly db: Connection | null;
  readonly next: Omit<NextRunSettings, 'db'>;
  /** How a path that lies in no source is reached. */
  readonly reach: Reach;
}

/**
 * Why a file is in the state it is in, and what the next run would do. `asked` is a path on disk, a path below a
 * source, or `source/path`. Throws IngestError `usage` for a folder.
 */
export async function explain(asked: string, around: Surroundings): Promise<Explanation> {
  const { db } = around;
  const ledger = db && new Ledger(db);
  const place = await placeOf(asked, around, ledger);
  if (place === null) return unknown(asked, around);
  const { source, path, complaint, reach } = place;
  if (complaint === null) await checkFile(asked, join(source.folder, path), reach);
  const entry = ledger?.find(source.name, path);
  const file = `${source.name}/${path}`;
  const next = await nextRun(place, path, entry, { ...around.next, db });
  if (!db || !entry) {
    const renamed = db && renameOf(db, source.name, path);
    return { file, ledger: null, renamed, rows: null, rejects: [], next };
  }
  const [history] = [...fileFacts(db, [file])].filter((one) => one.path === path);
  return {
    file,
    ledger: history ?? null,
    renamed: lastRename(db, entry),
    rows: rowsOf(db, entry),
    rejects: rejectedRecords(db, entry.fileId),
    next,
  };
}

/** Of all ways to read what was asked for, the first that names a file which the ledger knows, or which is there. */
async function placeOf(
  asked: string,
  { cwd, standing, db }: Surroundings,
  ledger: Ledger | null,
): Promise<Place | null> {
  const places = standing.flatMap((one) => readings(asked, cwd, one));
  const known = places.find(({ source, path }) => ledger?.find(source.name, path) !== undefined);
  if (known) return known;
  const moved = places.find(({ source, path }) => db && renameOf(db, source.name, path));
  if (moved && !(await hasFile(moved))) return moved;
  for (const place of places) if (await hasFile(place)) return place;
  return places.find((place) => isOnDisk(asked, cwd, place)) ?? null;
}

function readings(asked: string, cwd: string, standing: Standing): Place[] {
  const { name, folder } = standing.source;
  const below = relative(folder, resolve(cwd, asked)).split(sep).join('/');
  const paths = below !== '' && !below.startsWith('..') && !isAbsolute(below) ? [below] : [];
  if (asked.startsWith(`${name}/`)) paths.push(asked.slice(name.length + 1));
  if (!isAbsolute(asked)) paths.push(asked);
  return paths.map((path) => ({ ...standing, path }));
}

async function hasFile({ source, path, complaint, reach }: Place): Promise<boolean> {
  return complaint === null && isThere(await lookAt(join(source.folder, path), reach));
}

/** Whether `asked`, as a path on disk, lies below the source, though there may be no such file. */
function isOnDisk(asked: string, cwd: string, { source, path }: Place): boolean {
  return resolve(cwd, asked) === join(source.folder, path) || asked === `${source.name}/${path}`;
}

async function checkFile(asked: string, absolute: string, reach: Reach): Promise<void> {
  if ((await lookAt(absolute, reach)).kind !== 'folder') return;
  const hint = `name a file; ingest files ${asked} lists what is known of a folder`;
  throw new IngestError('usage', `${absolute} is a folder`, hint);
}

async function unknown(asked: string, around: Surroundings): Promise<Explanation> {
  const { cwd, standing, disabled, reach } = around;
  const absolute = resolve(cwd, asked);
  await checkFile(asked, absolute, reach);
  const off = disabled.find(({ root }) => absolute.startsWith(`${root}${sep}`));
  const roots = standing.map(({ source }) => `${source.name} (${source.folder})`).join(', ');
  const none = roots === '' ? 'no source is known' : `it lies in none of the sources: ${roots}`;
  const { kind } = await lookAt(absolute, reach);
  const there = kind === 'none' ? '; there is no such file here either' : '';
  const next = off
    ? { why: `its source ${off.name} is disabled`, hint: 'take "enabled": false out of the config file' }
    : { why: none + there, hint: 'add its folder to "sources" in the config file, or give it as a root' };
  return {
    file: asked,
    ledger: null,
    renamed: null,
    rows: null,
    rejects: [],
    next: { action: 'none', ...next },
  };
}

function rowsOf(db: Connection, entry: LedgerEntry): Explanation['rows'] {
  const { fileId, table, firstRecord, lastRecord, rows, records, rejected } = entry;
  if (entry.sha256 === null || entry.duplicateOf !== null) return null;
  const query = `SELECT * FROM ${quoted(table)} WHERE _id BETWEEN ${firstRecord} AND ${lastRecord}`;
  const lists = listRows(db, entry);
  return { table, fileId, count: rows, records, rejected, query, lists, shared: sharedRows(db, entry) };
}
