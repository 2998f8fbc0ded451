import type { Summary } from '../domain/event.js';
import type { FileStatus } from '../domain/file.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { type Column, textTable } from './table.js';
import { count, duration, size, utcTime } from './units.js';
import { displayWidth, shortenMiddle } from './width.js';

/** What a database holds and what last happened to it. Times are ISO 8601 UTC. */
export interface Status {
  readonly db: { readonly path: string; readonly bytes: number };
  readonly tables: readonly TableStatus[];
  readonly sources: readonly SourceStatus[];
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
}

/** A run that was killed has no end, no exit code and no summary. */
export interface RunStatus {
  readonly runId: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly exitCode: number | null;
  readonly summary: Summary | null;
}

const statuses: readonly FileStatus[] = ['loaded', 'duplicate', 'deferred', 'held', 'failed', 'missing'];

/** The database, its tables, its sources and its last runs as aligned tables; empty ones are left out. */
export function statusText(status: Status, page: Page): string {
  const { width } = page;
  const tables = [
    tableLines(status.tables, width),
    sourceLines(status.sources, width),
    runLines(status.lastRuns, width),
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

function tableLines(tables: readonly TableStatus[], width: number): string[] {
  if (tables.length === 0) return [];
  const sized = tables.some(({ bytes }) => bytes !== null);
  const columns: Column[] = [left('table'), right('rows'), ...(sized ? [right('size')] : [])];
  const rows = tables.map(({ name, rows, bytes }) => [name, count(rows), bytes === null ? '-' : size(bytes)]);
  return textTable(rows, columns, width);
}

function sourceLines(sources: readonly SourceStatus[], width: number): string[] {
  if (sources.length === 0) return [];
  const used = statuses.filter((status) => sources.some(({ files }) => (files[status] ?? 0) > 0));
  const columns = [left('source'), ...used.map(right), right('complete scan (UTC)'), left('root')];
  const rows = sources.map(({ name, root, files, lastCompleteScan }) => [
    name,
    ...used.map((status) => count(files[status] ?? 0)),
    utcTime(lastCompleteScan),
    root,
  ]);
  return textTable(rows, columns, width);
}

function runLines(runs: readonly RunStatus[], width: number): string[] {
  if (runs.length === 0) return [];
  const columns = [
    right('run'),
    right('started (UTC)'),
    right('took'),
    right('exit'),
    right('seen'),
    right('loaded'),
    right('failed'),
    right('rows in'),
  ];
  return textTable(runs.map(runRow), columns, width);
}

function runRow({ runId, startedAt, finishedAt, exitCode, summary }: RunStatus): string[] {
  const took = finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const counts = summary && [
    summary.files.seen,
    summary.files.loaded,
    summary.files.failed,
    summary.rows.inserted,
  ];
  return [
    String(runId),
    utcTime(startedAt),
    took === null ? 'no end' : duration(took),
    exitCode === null ? '-' : String(exitCode),
    ...(counts?.map(count) ?? ['-', '-', '-', '-']),
  ];
}

function left(title: string): Column {
  return { title, align: 'left' };
}

function right(title: string): Column {
  return { title, align: 'right' };
}
