import type { Given } from '../config/resolve.js';
import { resolveDatabase } from '../config/settings.js';
import { jsonText } from '../report/jsonLines.js';
import { type Status, statusText } from '../report/statusText.js';
import { openForReading } from '../store/database.js';
import { databaseBytes, lastRuns, sourceFacts, tableFacts } from '../store/queries.js';

/** Runs that `ingest status` shows. */
const shownRuns = 5;

/** `ingest status`: ledger, tables and last runs; works while a run goes on. */
export function statusCommand(flags: Given): void {
  const { db: path, output } = resolveDatabase(flags, process.env, process.cwd());
  const db = openForReading(path);
  try {
    const status: Status = {
      db: { path, bytes: databaseBytes(path) },
      tables: tableFacts(db),
      sources: sourceFacts(db),
      lastRuns: lastRuns(db, shownRuns),
    };
    const page = {
      width: process.stdout.columns ?? 80,
      color: output.color && Boolean(process.stdout.isTTY),
    };
    process.stdout.write(`${output.json ? jsonText(status) : statusText(status, page)}\n`);
  } finally {
    db.close();
  }
}
