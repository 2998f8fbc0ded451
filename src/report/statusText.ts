import type { SourceState } from '../domain/event.js';
import type { FileStatus } from '../domain/file.js';
import { type CacheReport, cacheLine } from './cacheText.js';
import { bar, sparkline } from './chart.js';
import { printable } from './printable.js';
import { type RunStatus, runLines } from './runsText.js';
import { type Page, paint } from './style.js';
import { type Column, textTable } from './table.js';
import { count, size, utcTime } from './units.js';
import { displayWidth, shortenMiddle } from './width.js';

/** What a database holds and what last happened to it. Times are ISO 8601 UTC. */
export interface Status {
  readonly db: { readonly path: string; readonly bytes: number };
  readonly tables: readonly TableStatus[];
  readonly sources: readonly SourceStatus[];
  /** Absent or null where there is none. */
  readonly cache?: CacheReport | null;
  /** The newest first. */
  readonly lastRuns: readonly RunStatus[];
}

export interface TableStatus {
  readonly name: string;
  readonly rows: number;
  /** Null where SQLite cannot say. */
  readonly bytes: number | null;
}

export interface SourceStatus {
  readonly name: string;
  readonly root: string;
  readonly files: Readonly<Partial<Record<FileStatus, number>>>;
  readonly lastCompleteScan: string | null;
  /** What the last run that asked for it found; null or absent where none of those known did. */
  readonly state?: SourceState | null;
  /** Files loaded by each of the last runs, the oldest first; null for a run that left the source out. */
  readonly loadedByRun?: readonly (number | null)[];
}

const statuses: readonly FileStatus[] = ['loaded', 'duplicate', 'deferred', 'held', 'failed', 'missing'];

const longestBar = 16;

/** The database, its tables, its sources and its last runs as aligned tables; empty ones are left out. */
export function statusText(status: Status, page: Page): string {
  const { width } = page;
  const tables = [
    tableLines(status.tables, width),
    sourceLines(status.sources, width),
    runLines(status.lastRuns, width),
    cacheLines(status.cache ?? null),
  ];
  const sections = tables
    .filter((lines) => lines.length > 0)
    .map(([title = '', ...rows]) => [paint(title, 'bold', page.color), ...rows].join('\n'));
  return [headline(status.db, width), ...sections].join('\n\n');
}

function headline({ path, bytes }: Status['db'], width: number): string {
  const end = `  ${size(bytes)}`;
  return shortenMiddle(printable(path), width - displayWidth(end)) + end;
}

function cacheLines(cache: CacheReport | null): string[] {
  const line = cache && cacheLine(cache);
  return line === null ? [] : ['parse cache', line];
}

function tableLines(tables: readonly TableStatus[], width: number): string[] {
  if (tables.length === 0) return [];
  const sized = tables.some(({ bytes }) => bytes !== null);
  const columns = [left('table'), right('rows'), ...(sized ? [right('size'), left('')] : [])];
  const largest = Math.max(...tables.map(({ bytes }) => bytes ?? 0));
  const rows = tables.map(({ name, rows, bytes }) => [
    name,
    count(rows),
    bytes === null ? '-' : size(bytes),
    tables.length > 1 ? bar(bytes ?? 0, largest, longestBar) : '',
  ]);
  return textTable(rows, columns, width);
}

function sourceLines(sources: readonly SourceStatus[], width: number): string[] {
  if (sources.length === 0) return [];
  const used = statuses.filter((status) => sources.some(({ files }) => (files[status] ?? 0) > 0));
  const trend = sources.some(({ loadedByRun = [] }) => loadedByRun.length > 1);
  const stated = sources.some(({ state }) => state === 'unreachable' || state === 'unhealthy');
  const columns = [
    left('source'),
    ...(stated ? [left('state')] : []),
    ...used.map(right),
    ...(trend ? [left('loaded by run')] : []),
    right('complete scan (UTC)'),
    left('root'),
  ];
  const rows = sources.map(({ name, state, root, files, lastCompleteScan, loadedByRun = [] }) => [
    name,
    ...(stated ? [state ?? '-'] : []),
    ...used.map((status) => count(files[status] ?? 0)),
    ...(trend ? [sparkline(loadedByRun)] : []),
    utcTime(lastCompleteScan),
    root,
  ]);
  return textTable(rows, columns, width);
}

function left(title: string): Column {
  return { title, align: 'left' };
}

function right(title: string): Column {
  return { title, align: 'right' };
}
