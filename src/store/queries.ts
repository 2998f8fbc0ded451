import { statSync } from 'node:fs';
import type { Summary } from '../domain/event.js';
import type { FileStatus } from '../domain/file.js';
import type { Connection } from './database.js';
import { quoted } from './sql.js';

export interface TableFacts {
  readonly name: string;
  readonly rows: number;
  /** Bytes of its pages; null where SQLite was built without `dbstat`. */
  readonly bytes: number | null;
}

export interface SourceFacts {
  readonly name: string;
  readonly root: string;
  /** Whether the root lay on a network file system when it was last believed. */
  readonly onNetwork: boolean;
  readonly files: Readonly<Partial<Record<FileStatus, number>>>;
  readonly lastCompleteScan: string | null;
}

export interface RunFacts {
  readonly runId: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly exitCode: number | null;
  readonly summary: Summary | null;
  readonly cpuSeconds: number | null;
  /** The most memory it had. */
  readonly peakBytes: number | null;
}

export interface FileFacts {
  readonly source: string;
  readonly path: string;
  readonly status: FileStatus;
  readonly reason: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly table: string;
  readonly rows: number;
  readonly deduplicated: number;
  readonly rejected: number;
  readonly duplicateOf: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
  readonly firstSeenAt: string;
  readonly loadedAt: string | null;
  readonly runId: number;
}

/** Bytes of the database on disk, its write-ahead log included. */
export function databaseBytes(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => {
    return sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

/** Every data table with its rows, in order of name. */
export function tableFacts(db: Connection): TableFacts[] {
  const names = db
    .prepare('SELECT DISTINCT table_name FROM _ingest_columns ORDER BY 1')
    .pluck()
    .all() as string[];
  return names.map((name) => ({ name, rows: rowsOf(db, name), bytes: bytesOf(db, name) }));
}

function rowsOf(db: Connection, table: string): number {
  return Number(
    db
      .prepare(`SELECT count(*) FROM ${quoted(table)}`)
      .pluck()
      .get(),
  );
}

function bytesOf(db: Connection, table: string): number | null {
  try {
    return Number(
      db.prepare('SELECT sum(pgsize) FROM dbstat WHERE name = ? AND aggregate = TRUE').pluck().get(table),
    );
  } catch {
    return null;
  }
}

export function sourceFacts(db: Connection): SourceFacts[] {
  const sources = db
    .prepare(
      `SELECT source AS name, root, on_network AS onNetwork, last_complete_at AS lastCompleteScan
       FROM _ingest_sources ORDER BY 1`,
    )
    .all() as (Omit<SourceFacts, 'files' | 'onNetwork'> & { onNetwork: number })[];
  const count = db.prepare(
    'SELECT status, count(*) AS files FROM _ingest_files WHERE source = ? GROUP BY status',
  );
  return sources.map((source) => {
    const counts = count.all(source.name) as { status: FileStatus; files: number }[];
    const files = Object.fromEntries(counts.map(({ status, files }) => [status, files]));
    return { ...source, onNetwork: source.onNetwork === 1, files };
  });
}

/** The last runs, the newest first. */
export function lastRuns(db: Connection, limit: number): RunFacts[] {
  const runs = db
    .prepare(
      `SELECT run_id AS runId, started_at AS startedAt, finished_at AS finishedAt, exit_code AS exitCode, summary,
         cpu_seconds AS cpuSeconds, peak_bytes AS peakBytes
       FROM _ingest_runs ORDER BY run_id DESC LIMIT ?`,
    )
    .all(limit) as (Omit<RunFacts, 'summary'> & { summary: string | null })[];
  return runs.map((run) => ({
    ...run,
    summary: run.summary === null ? null : (JSON.parse(run.summary) as Summary),
  }));
}

/** A loaded file and the files that have its content, too. */
export interface DuplicateFacts {
  readonly original: string;
  /** Bytes of each of them. */
  readonly size: number;
  /** `source/path`, in that order. */
  readonly copies: readonly string[];
}

/** Every content that stands under several paths, those that take the most space first. */
export function duplicateFacts(db: Connection): DuplicateFacts[] {
  const groups = db
    .prepare(
      `SELECT original_source || '/' || original_path AS original, max(size) AS size,
         json_group_array(source || '/' || path ORDER BY source, path) AS copies
       FROM duplicate_files GROUP BY original_file_id ORDER BY max(size) * count(*) DESC, 1`,
    )
    .all() as { original: string; size: number; copies: string }[];
  return groups.map((group) => ({ ...group, copies: JSON.parse(group.copies) as string[] }));
}

/**
 * Ledger entries in order of source and path: all of them, or those whose path is, or lies below, one of `paths`
 * (relative, `source/relative`, or absolute). `named` takes those of `paths` of which anything is known.
 */
export function* fileFacts(
  db: Connection,
  paths: readonly string[],
  named: Set<string> = new Set(),
): Generator<FileFacts> {
  const files = db
    .prepare(
      `SELECT f.source, f.path, f.status, f.reason, f.size, f.mtime_ns AS mtimeNs, f.table_name AS "table",
         f.rows, f.deduplicated, f.rejected, o.path AS duplicateOf, f.error_code AS code, f.error AS message,
         f.attempts, f.first_seen_at AS firstSeenAt, f.loaded_at AS loadedAt, f.run_id AS runId, s.root
       FROM _ingest_files f
         LEFT JOIN _ingest_files o ON o.file_id = f.duplicate_of
         LEFT JOIN _ingest_sources s ON s.source = f.source
       ORDER BY f.source, f.path`,
    )
    .safeIntegers()
    .iterate() as IterableIterator<Record<string, unknown>>;
  for (const row of files) {
    const found = paths.filter((path) => isNamed(row, path));
    for (const path of found) named.add(path);
    if (paths.length === 0 || found.length > 0) yield asFacts(row);
  }
}

function isNamed(row: Record<string, unknown>, wanted: string): boolean {
  const path = String(row.path);
  const names = [path, `${row.source}/${path}`, `${row.root}/${path}`];
  const folder = wanted.endsWith('/') ? wanted : `${wanted}/`;
  return names.some((name) => name === wanted || name.startsWith(folder));
}

function asFacts(row: Record<string, unknown>): FileFacts {
  const { code, message, root, ...facts } = row;
  for (const key in facts) {
    if (typeof facts[key] === 'bigint' && key !== 'mtimeNs') facts[key] = Number(facts[key]);
  }
  const error = code === null ? null : { code, message: message ?? '' };
  return { ...facts, error } as unknown as FileFacts;
}
