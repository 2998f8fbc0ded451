import type { FileResult, ParcelResult } from '../parse/job.js';
import type { Availability } from './availability.js';
import type { Candidate } from './candidate.js';
import type { PlannedSource } from './plan.js';

/**
 * What a thread found in the files of a parcel, as far as their sources are still what they were: files that are gone
 * while the source is in doubt were not reached. Stops sources that do not answer.
 */
export async function believed(
  parcel: readonly Candidate[],
  { files }: ParcelResult,
  availability: Availability,
): Promise<FileResult[]> {
  const results = new Map<Candidate, FileResult>();
  for (const [source, own] of bySource(parcel, files)) {
    const doubt = await doubtOf(source, [...own.values()], availability);
    for (const [candidate, result] of own) {
      results.set(candidate, resultOf(candidate, result, doubt, availability));
    }
    if ([...own.keys()].some((one) => isDelivered(results.get(one)))) availability.delivered(source);
  }
  return parcel.map((candidate) => results.get(candidate) ?? { kind: 'vanished' });
}

function bySource(
  parcel: readonly Candidate[],
  files: readonly FileResult[],
): Map<PlannedSource, Map<Candidate, FileResult>> {
  const sources = new Map<PlannedSource, Map<Candidate, FileResult>>();
  for (const [place, candidate] of parcel.entries()) {
    const result = files[place];
    const own = sources.get(candidate.source) ?? new Map<Candidate, FileResult>();
    if (result) own.set(candidate, result);
    sources.set(candidate.source, own);
  }
  return sources;
}

/** Whether the bytes of a file came over. A source that answers with errors alone delivers nothing. */
function isDelivered(result: FileResult | undefined): boolean {
  if (result?.kind === 'failed') return result.failure.code !== 'unreadable';
  return result !== undefined && result.kind !== 'unreached' && result.kind !== 'vanished';
}

/** Why the files of a source that seem to be gone, or all of them, cannot be believed; null if they can. */
async function doubtOf(
  source: PlannedSource,
  results: readonly FileResult[],
  availability: Availability,
): Promise<{ readonly why: string; readonly all: boolean } | null> {
  if (availability.isMountedAnew(source)) return { why: 'its mount changed meanwhile', all: true };
  if (!results.some(({ kind }) => kind === 'vanished')) return null;
  const down = availability.whyDown(source);
  if (down !== null) return { why: down, all: false };
  const complaint = await availability.complaint(source, true);
  return complaint && { why: complaint.why, all: false };
}

function resultOf(
  candidate: Candidate,
  result: FileResult,
  doubt: { readonly why: string; readonly all: boolean } | null,
  availability: Availability,
): FileResult {
  if (doubt && (doubt.all || result.kind === 'vanished')) {
    availability.stop(candidate.source, doubt.why);
    return { kind: 'unreached', why: doubt.why, hung: false };
  }
  if (result.kind !== 'unreached') return result;
  if (result.hung && availability.hungAgain(candidate)) return hungFile(result.why);
  availability.stop(candidate.source, result.why);
  return result;
}

/** One file that hangs on a share that answers otherwise. */
function hungFile(why: string): FileResult {
  const hint = 'Check the file on the server; it is tried again on the next run.';
  return { kind: 'failed', failure: { code: 'unreadable', message: `ETIMEDOUT: ${why}`, hint }, bytes: 0 };
}
