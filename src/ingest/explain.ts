import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { IngestError } from '../domain/errors.js';
import type { Explanation } from '../report/explainText.js';
import type { Connection } from '../store/database.js';
import { rejectedRecords, sharedRows } from '../store/fileRows.js';
import { Ledger, type LedgerEntry } from '../store/ledger.js';
import { fileFacts } from '../store/queries.js';
import { quoted } from '../store/sql.js';
import { type NextRunSettings, nextRun } from './nextRun.js';
import type { PlannedSource } from './plan.js';

/** A file that was asked for, and the source that holds it. */
interface Place {
  readonly source: PlannedSource;
  /** Relative to the source's folder. */
  readonly path: string;
}

/** The sources of today: those that a run would take, and those of the config file that are switched off. */
export interface KnownSources {
  readonly planned: readonly PlannedSource[];
  readonly disabled: readonly { readonly name: string; readonly root: string }[];
}

/**
 * Why a file is in the state it is in, and what the next run would do. `asked` is a path on disk, a path below a
 * source, or `source/path`. Without a database (null) no run has seen anything. Throws IngestError `usage` for a folder.
 */
export function explain(
  asked: string,
  cwd: string,
  db: Connection | null,
  sources: KnownSources,
  settings: NextRunSettings,
): Explanation {
  checkFile(asked, resolve(cwd, asked));
  const ledger = db && new Ledger(db);
  const place = placeOf(asked, cwd, sources.planned, ledger);
  if (place === null) return unknown(asked, cwd, sources);
  checkFile(asked, join(place.source.folder, place.path));
  const entry = ledger?.find(place.source.name, place.path);
  const file = `${place.source.name}/${place.path}`;
  const next = nextRun(place.source, place.path, entry, settings);
  if (!db || !entry) return { file, ledger: null, rows: null, rejects: [], next };
  const [history] = [...fileFacts(db, [file])].filter(({ path }) => path === place.path);
  return {
    file,
    ledger: history ?? null,
    rows: rowsOf(db, entry),
    rejects: rejectedRecords(db, entry.fileId),
    next,
  };
}

/** Of all ways to read what was asked for, the first that names a file which the ledger knows, or which is there. */
function placeOf(
  asked: string,
  cwd: string,
  sources: readonly PlannedSource[],
  ledger: Ledger | null,
): Place | null {
  const places = sources.flatMap((source) => readings(asked, cwd, source));
  const known = places.find(({ source, path }) => ledger?.find(source.name, path) !== undefined);
  const there = places.find(({ source, path }) => existsSync(join(source.folder, path)));
  return known ?? there ?? places.find(({ source, path }) => isOnDisk(asked, cwd, source, path)) ?? null;
}

function readings(asked: string, cwd: string, source: PlannedSource): Place[] {
  const below = relative(source.folder, resolve(cwd, asked)).split(sep).join('/');
  const paths = below !== '' && !below.startsWith('..') && !isAbsolute(below) ? [below] : [];
  if (asked.startsWith(`${source.name}/`)) paths.push(asked.slice(source.name.length + 1));
  if (!isAbsolute(asked)) paths.push(asked);
  return paths.map((path) => ({ source, path }));
}

/** Whether `asked`, as a path on disk, lies below the source, though there may be no such file. */
function isOnDisk(asked: string, cwd: string, source: PlannedSource, path: string): boolean {
  return resolve(cwd, asked) === join(source.folder, path) || asked === `${source.name}/${path}`;
}

function checkFile(asked: string, absolute: string): void {
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return;
  const hint = `name a file; ingest files ${asked} lists what is known of a folder`;
  throw new IngestError('usage', `${absolute} is a folder`, hint);
}

function unknown(asked: string, cwd: string, { planned, disabled }: KnownSources): Explanation {
  const absolute = resolve(cwd, asked);
  const off = disabled.find(({ root }) => absolute.startsWith(`${root}${sep}`));
  const roots = planned.map(({ name, folder }) => `${name} (${folder})`).join(', ');
  const none = roots === '' ? 'no source is known' : `it lies in none of the sources: ${roots}`;
  const there = existsSync(absolute) ? '' : '; there is no such file here either';
  const next = off
    ? { why: `its source ${off.name} is disabled`, hint: 'take "enabled": false out of the config file' }
    : { why: none + there, hint: 'add its folder to "sources" in the config file, or give it as a root' };
  return { file: asked, ledger: null, rows: null, rejects: [], next: { action: 'none', ...next } };
}

function rowsOf(db: Connection, entry: LedgerEntry): Explanation['rows'] {
  const { fileId, table, firstRecord, lastRecord, rows } = entry;
  if (entry.sha256 === null || entry.duplicateOf !== null) return null;
  const query = `SELECT * FROM ${quoted(table)} WHERE _id BETWEEN ${firstRecord} AND ${lastRecord}`;
  return { table, fileId, count: rows, query, shared: sharedRows(db, entry) };
}
