import type { FileResult, ParcelResult } from '../parse/job.js';
import type { Availability } from './availability.js';
import { absolutePath, type Candidate } from './candidate.js';
import type { PlannedSource } from './plan.js';

/**
 * What a thread found in the files of a parcel, as far as their sources are still what they were: files that are gone
 * while the source is in doubt, or that are back, were not reached. Stops sources that do not answer.
 */
export async function believed(
  parcel: readonly Candidate[],
  { files }: ParcelResult,
  availability: Availability,
): Promise<FileResult[]> {
  const results = new Map<Candidate, FileResult>();
  for (const [source, own] of bySource(parcel, files)) {
    const doubt = await doubtOf(source, own, availability);
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

interface Doubt {
  readonly why: string;
  readonly files: ReadonlySet<Candidate>;
}

/** The files of a source whose results cannot be believed, or null. */
async function doubtOf(
  source: PlannedSource,
  results: ReadonlyMap<Candidate, FileResult>,
  availability: Availability,
): Promise<Doubt | null> {
  if (availability.isMountedAnew(source))
    return { why: 'its mount changed meanwhile', files: new Set(results.keys()) };
  const gone = [...results.keys()].filter((one) => results.get(one)?.kind === 'vanished');
  if (gone.length === 0) return null;
  const why = availability.whyDown(source) ?? (await availability.complaint(source, true))?.why;
  if (why !== undefined) return { why, files: new Set(gone) };
  const paths = gone.map(absolutePath);
  const back = await availability.back(source, paths);
  return { why: goneAndBack, files: new Set(gone.filter((one) => back.has(absolutePath(one)))) };
}

const goneAndBack = 'ENOENT: it could not be opened though it is there';

function resultOf(
  candidate: Candidate,
  result: FileResult,
  doubt: Doubt | null,
  availability: Availability,
): FileResult {
  if (doubt?.files.has(candidate)) {
    if (doubt.why === goneAndBack && availability.doubtedAgain(candidate)) return unreadable(doubt.why);
    availability.stop(candidate.source, doubt.why);
    return { kind: 'unreached', why: doubt.why, hung: false };
  }
  if (result.kind !== 'unreached') return result;
  if (result.hung && availability.doubtedAgain(candidate)) return unreadable(`ETIMEDOUT: ${result.why}`);
  availability.stop(candidate.source, result.why);
  return result;
}

/** One file that cannot be had of a share that answers otherwise. */
function unreadable(message: string): FileResult {
  const hint = 'Check the file on the server; it is tried again on the next run.';
  return { kind: 'failed', failure: { code: 'unreadable', message, hint }, bytes: 0 };
}
