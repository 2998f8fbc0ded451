import type { Statement } from 'better-sqlite3';
import type { Summary } from '../domain/event.js';
import type { Connection } from './database.js';

/** What a run took of the machine, over all its threads. */
export interface Usage {
  readonly cpuSeconds: number;
  /** The most memory it ever had resident. */
  readonly peakBytes: number;
}

/** `_ingest_runs`. */
export class Runs {
  readonly #begin: Statement;
  readonly #finish: Statement;

  constructor(db: Connection) {
    this.#begin = db.prepare('INSERT INTO _ingest_runs (started_at) VALUES (?)');
    this.#finish = db.prepare(
      `UPDATE _ingest_runs SET finished_at = ?, exit_code = ?, summary = ?, cpu_seconds = ?, peak_bytes = ?
       WHERE run_id = ?`,
    );
  }

  /** Returns the id of the new run. */
  begin(startedAt: string): number {
    return Number(this.#begin.run(startedAt).lastInsertRowid);
  }

  finish(runId: number, finishedAt: string, summary: Summary, { cpuSeconds, peakBytes }: Usage): void {
    const text = JSON.stringify(summary);
    this.#finish.run(finishedAt, summary.exitCode, text, cpuSeconds, peakBytes, runId);
  }
}
