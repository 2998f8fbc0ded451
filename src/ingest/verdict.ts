import { type FileEvent, noRows, type RejectEvent, type RowCounts, type Warning } from '../domain/event.js';
import type { Outcome } from '../domain/file.js';
import type { ReadResult } from '../parse/job.js';
import type { ColumnFinding } from '../store/table.js';
import type { Candidate } from './candidate.js';

/** A read file with what the thread found in it. */
export interface ReadFile {
  readonly candidate: Candidate;
  readonly result: ReadResult;
}

/** What became of a file; counted and announced once its batch is committed. */
export interface Verdict {
  readonly candidate: Candidate;
  readonly outcome: Outcome;
  readonly event: FileEvent;
  /** Zero but for a file that ends `loaded`; `removed` counts in any case. */
  readonly rows: RowCounts;
  readonly rejects: RejectEvent[];
  readonly warnings: Warning[];
  readonly findings: ColumnFinding[];
}

/** A file that cannot be judged yet: the end of the run decides. */
export interface Postponed {
  readonly candidate: Candidate;
  readonly outcome: 'postponed';
  /** `rename`: its content stands under a path that is gone. */
  readonly why: 'unsettled' | 'shrunk' | 'rename';
  readonly result: ReadResult;
}

export function verdictOf(
  candidate: Candidate,
  outcome: Outcome,
  more: Partial<Pick<FileEvent, 'duplicateOf' | 'renamedFrom' | 'error' | 'format' | 'formatReasons'>> = {},
): Verdict {
  const { file, rule, reason } = candidate;
  const rows = noRows();
  const event: FileEvent = {
    type: 'file',
    source: file.source,
    path: file.path,
    outcome,
    reason: outcome === 'unchanged' ? 'verified' : reason,
    size: file.size,
    table: rule.rule.table,
    ...(outcome === 'loaded' ? { rows } : {}),
    ...more,
  };
  return { candidate, outcome, event, rows, rejects: [], warnings: [], findings: [] };
}
