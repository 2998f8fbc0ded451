import { IngestError } from '../domain/errors.js';
import {
  addCounts,
  type FileCounts,
  noFiles,
  noRows,
  type RowCounts,
  type SourceSummary,
} from '../domain/event.js';
import { type Outcome, outcomes } from '../domain/file.js';

/** What a run has counted; each file is counted twice, when seen and when its outcome is known. */
export class Tally {
  readonly sources = new Map<string, SourceSummary>();
  /** Records by table whose repeats in other files were stored once. */
  readonly tables = new Map<string, { parsed: number; deduplicated: number }>();
  skipped = 0;
  missing = 0;
  bytesRead = 0;

  source(name: string): SourceSummary {
    const known = this.sources.get(name);
    if (known) return known;
    const fresh: SourceSummary = { name, state: 'healthy', files: noFiles(), rows: noRows() };
    this.sources.set(name, fresh);
    return fresh;
  }

  seen(source: string): void {
    this.source(source).files.seen += 1;
  }

  outcome(source: string, outcome: Outcome): void {
    this.source(source).files[outcome] += 1;
  }

  /** `byRow`: repeats of rows in other files are counted for the table. */
  rows(source: string, table: string, rows: RowCounts, byRow: boolean): void {
    addCounts(this.source(source).rows, rows);
    if (!byRow || rows.parsed === 0) return;
    const counts = this.tables.get(table) ?? { parsed: 0, deduplicated: 0 };
    counts.parsed += rows.parsed;
    counts.deduplicated += rows.deduplicated;
    this.tables.set(table, counts);
  }

  /** Counts rows that left with a file that is gone. */
  removed(source: string, rows: number): void {
    this.source(source).rows.removed += rows;
  }

  totals(): { files: FileCounts; rows: RowCounts } {
    const files = noFiles();
    const rows = noRows();
    for (const source of this.sources.values()) {
      addCounts(files, source.files);
      addCounts(rows, source.rows);
    }
    return { files, rows };
  }
}

/** Throws IngestError `balance` (exit 1) unless every file and every record seen is accounted for. */
export function checkBalance(files: FileCounts, rows: RowCounts): void {
  const ended = outcomes.reduce((sum, outcome) => sum + files[outcome], 0);
  if (files.seen !== ended) throw unbalanced(`${files.seen} files seen, ${ended} accounted for`);
  const stored = rows.inserted + rows.deduplicated + rows.rejected;
  if (rows.parsed !== stored) throw unbalanced(`${rows.parsed} records parsed, ${stored} accounted for`);
}

function unbalanced(what: string): IngestError {
  return new IngestError(
    'balance',
    `The run does not add up: ${what}.`,
    'This is a bug: please report it with the output of this run. What is in the database is whole.',
  );
}
