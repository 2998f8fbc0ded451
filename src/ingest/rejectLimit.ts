import { IngestError } from '../domain/errors.js';
import type { Reading } from '../domain/reading.js';
import type { RejectLimit } from '../domain/settings.js';
import type { FileFailure } from '../parse/job.js';
import { type Arrival, recordId, type SegmentTables } from '../store/arrival.js';
import type { Refused } from '../store/refusal.js';
import { rejectsOf } from '../store/refusedRecord.js';
import type { Store } from '../store/store.js';
import type { Verdict } from './verdict.js';

/** How many rejects a file may have. */
export interface RejectSettings {
  readonly strict: boolean;
  readonly maxRejects: RejectLimit;
}

/** Why a file with so many rejects fails, or null; a share never means fewer than 10. */
export function tooManyRejects(
  rejected: number,
  records: number,
  { strict, maxRejects }: RejectSettings,
): FileFailure | null {
  const share = 'share' in maxRejects ? Math.max(10, maxRejects.share * records) : maxRejects.count;
  if (rejected <= (strict ? 0 : share)) return null;
  return {
    code: 'too_many_rejects',
    message: `${rejected} of ${records} records cannot be stored.`,
    hint: strict
      ? 'Mend the file, or leave --strict out to load the other records.'
      : 'Mend the file, or allow more with --max-rejects; after a run `ingest rejects` shows them.',
  };
}

/** A file whose rows are being placed. */
export interface Placeable {
  readonly arrival: Arrival;
  readonly verdict: Verdict;
  readonly reading: Reading;
}

/**
 * Enters the records of a loaded file that the database refused as rejects. Throws IngestError `too_many_rejects` if
 * the file then has more than it may.
 */
export function rejectRefused(
  { store, runId, ...limits }: RejectSettings & { readonly store: Store; readonly runId: number },
  segment: SegmentTables,
  { arrival, verdict, reading }: Placeable,
  refused: readonly Refused[],
): void {
  const { rows, event } = verdict;
  rows.rejected += refused.length;
  const failure = tooManyRejects(rows.rejected, rows.parsed, limits);
  if (failure) {
    const message = `${failure.message} The database refused ${refused.length} rows, the first with: ${refused[0]?.reason}.`;
    throw new IngestError(failure.code, message, failure.hint ?? undefined);
  }
  for (const [i, reject] of rejectsOf(store.db, segment, refused).entries()) {
    store.rejects.add(arrival.fileId, runId, recordId(arrival, refused[i]?.n ?? 0), reject);
    verdict.rejects.push({ type: 'reject', source: event.source, path: event.path, ...reject });
  }
  store.rejects.noteReading(arrival.fileId, reading);
  store.db
    .prepare('UPDATE _ingest_files SET rejected = rejected + ? WHERE file_id = ?')
    .run(refused.length, arrival.fileId);
}
