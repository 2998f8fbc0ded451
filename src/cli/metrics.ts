import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Summary } from '../domain/event.js';
import { type DatabaseMetrics, durationBounds, metricsText } from '../report/metrics.js';
import { openForReading } from '../store/database.js';
import { runHistory } from '../store/history.js';
import { databaseBytes, sourceFacts } from '../store/queries.js';

/** Replaces a Prometheus textfile by what is to be said after a run. Throws what the system throws. */
export function writeMetrics(file: string, db: string, exitCode: number, summary: Summary | null): void {
  const text = metricsText({ db, now: new Date(), exitCode, summary, database: databaseMetrics(db) });
  const next = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(next, text, { mode: 0o644 });
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
}

/** Null when the database cannot be read: that a run failed is worth telling even then. */
function databaseMetrics(path: string): DatabaseMetrics | null {
  try {
    const db = openForReading(path);
    try {
      return { bytes: databaseBytes(path), sources: sourceFacts(db), ...runHistory(db, durationBounds) };
    } finally {
      db.close();
    }
  } catch {
    return null;
  }
}
