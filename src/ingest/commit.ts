import { type ErrorCode, IngestError, messageOf } from '../domain/errors.js';
import type { FileFailure, ParcelResult } from '../parse/job.js';
import { failpoint } from '../store/failpoint.js';
import { placeRows } from '../store/placement.js';
import { isRefusal, type Refused } from '../store/refusal.js';
import { type SegmentSchema, withSegment } from '../store/segments.js';
import type { Store } from '../store/store.js';
import type { Candidate } from './candidate.js';
import { Judge, type JudgeSettings } from './judge.js';
import { rejectRefused } from './rejectLimit.js';
import { breathing } from './steps.js';
import type { Postponed, ReadFile, Verdict } from './verdict.js';

/** A parsed parcel on its way into the database. */
export interface Commit {
  readonly store: Store;
  /** Ends the work: what is not committed yet is rolled back. */
  readonly signal: AbortSignal;
  readonly judging: JudgeSettings;
  readonly parcel: readonly Candidate[];
  readonly result: ParcelResult;
}

export type Judged = Verdict | Postponed;

/** Errors that end the run; any other concerns the files of a batch. */
const fatalCodes: ReadonlySet<ErrorCode> = new Set(['disk_full', 'locked', 'balance', 'internal']);

/**
 * Commits the files of a parcel that were reached in one transaction, each whole, or, when the database refuses one of
 * them, each file in a transaction of its own, without the rows that are refused. Throws IngestError for what ends the
 * run.
 */
export async function commit(work: Commit): Promise<Judged[]> {
  const files = work.parcel.flatMap((candidate, place): ReadFile[] => {
    const result = work.result.files[place];
    return result && result.kind !== 'unreached' ? [{ candidate, result }] : [];
  });
  return withSegment(work.store.db, work.result.segmentPath, async (schema) => {
    failpoint('after-attach');
    try {
      return await commitTogether(work, files, schema, false);
    } catch (error) {
      if (isFatal(error) || work.signal.aborted) throw error;
      return commitOneByOne(work, files, schema);
    }
  });
}

async function commitTogether(
  work: Commit,
  files: readonly ReadFile[],
  schema: SegmentSchema,
  rowByRow: boolean,
): Promise<Judged[]> {
  return work.store.transaction(async () => {
    const judge = judgeOf(work, schema);
    const judged: Judged[] = [];
    for (const file of files) judged.push(await breathing(judge.judge(file), work.signal));
    await place(judge, work, rowByRow);
    return judged;
  });
}

async function commitOneByOne(
  work: Commit,
  files: readonly ReadFile[],
  schema: SegmentSchema,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const file of files) {
    try {
      judged.push(...(await commitTogether(work, [file], schema, true)));
    } catch (error) {
      if (isFatal(error) || work.signal.aborted) throw error;
      judged.push(await refuse(work, file, schema, error));
    }
  }
  return judged;
}

/** Enters a file that the database refused; everything else of it is rolled back. */
async function refuse(work: Commit, file: ReadFile, schema: SegmentSchema, error: unknown): Promise<Verdict> {
  const failure = failureOf(error);
  return work.store.transaction(() => judgeOf(work, schema).fail(file, failure));
}

function failureOf(error: unknown): FileFailure {
  if (!(error instanceof IngestError)) return { code: 'refused', message: String(error), hint: null };
  const { code, message, hint = null, cause } = error;
  if (code !== 'database') return { code, message, hint };
  if (!isRefusal(cause)) return { code: 'refused', message, hint };
  return {
    code: 'refused',
    message: `The database refused the file: ${messageOf(cause)}.`,
    hint: 'Mend the file, or the constraint or trigger of the table; the file is tried again on the next run.',
  };
}

function judgeOf({ judging, result }: Commit, schema: SegmentSchema): Judge {
  return new Judge(judging, { schema, shapes: result.shapes });
}

/**
 * Moves the rows of all judged files, table by table, and notes in ledger and verdict what became of them. With
 * `rowByRow`, which is for one file alone, rows that the database refuses become rejects.
 */
async function place(judge: Judge, { store, signal }: Commit, rowByRow: boolean): Promise<void> {
  const counts = store.db.prepare(
    'UPDATE _ingest_files SET rows = rows - ?, deduplicated = deduplicated + ? WHERE file_id = ?',
  );
  for (const group of groups(judge)) {
    const [first] = group;
    if (!first) continue;
    const { dedupe } = first.verdict.candidate.rule.rule;
    const arrivals = group.map((one) => one.arrival);
    const refused: Refused[] | null = rowByRow ? [] : null;
    const steps = placeRows(store, dedupe, first.table, judge.segment, arrivals, refused);
    const placed = await breathing(steps, signal);
    if (refused && refused.length > 0) rejectRefused(judge.settings, judge.segment, first, refused);
    for (const { arrival, verdict } of group) {
      const one = placed.get(arrival.fileId);
      if (!one) continue;
      // The ledger has counted all of them as rows.
      const lacking = arrival.stored - one.inserted;
      if (lacking > 0) counts.run(lacking, one.deduplicated, arrival.fileId);
      verdict.rows.inserted = one.inserted;
      verdict.rows.deduplicated = one.deduplicated;
      verdict.rows.removed += one.displaced;
      verdict.rows.children = one.children;
    }
  }
  failpoint('after-place');
}

/** Arrivals that can be placed together: of one table and one way to deduplicate. */
function groups(judge: Judge): (typeof judge.arrivals)[] {
  const byTable = new Map<string, typeof judge.arrivals>();
  for (const one of judge.arrivals) {
    const key = JSON.stringify([one.table.name, one.verdict.candidate.rule.rule.dedupe]);
    const group = byTable.get(key);
    if (group) group.push(one);
    else byTable.set(key, [one]);
  }
  return [...byTable.values()];
}

function isFatal(error: unknown): boolean {
  if (!(error instanceof IngestError)) return true;
  if (fatalCodes.has(error.code)) return true;
  return error.code === 'database' && !/SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|ERROR)/.test(causeCode(error));
}

function causeCode(error: IngestError): string {
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
