import type { Connection } from './database.js';

/** How all runs of a database went. */
export interface RunHistory {
  /** ISO time at which the last run with exit code 0 ended; null when there is none. */
  readonly lastSuccessAt: string | null;
  /** Runs that came to an end. */
  readonly runs: number;
  /** Of all of them together. */
  readonly seconds: number;
  /** How many of them took no longer than each of the bounds asked for. */
  readonly within: readonly number[];
}

const took = '(julianday(finished_at) - julianday(started_at)) * 86400';

/** Counts the runs by how long they took; `bounds` are seconds. */
export function runHistory(db: Connection, bounds: readonly number[]): RunHistory {
  const counts = bounds.map((_, i) => `count(*) FILTER (WHERE ${took} <= ?) AS within${i}`).join(', ');
  const row = db
    .prepare(
      `SELECT max(finished_at) FILTER (WHERE exit_code = 0) AS lastSuccessAt, count(*) AS runs,
         coalesce(sum(${took}), 0.0) AS seconds, ${counts}
       FROM _ingest_runs WHERE finished_at IS NOT NULL`,
    )
    .get(...bounds) as Record<string, number> & { lastSuccessAt: string | null };
  const { lastSuccessAt, runs = 0, seconds = 0 } = row;
  return { lastSuccessAt, runs, seconds, within: bounds.map((_, i) => row[`within${i}`] ?? 0) };
}
