import { setTimeout as sleep } from 'node:timers/promises';
import { type Fingerprint, sameFingerprint } from '../domain/file.js';
import { fingerprintOf } from '../share/read.js';
import type { Candidate } from './candidate.js';
import type { Postponed } from './verdict.js';

/** Candidates that had to wait, by what a second look found. */
export interface Settled {
  /** Size and mtime stayed the same over the settle time, or the file was postponed for another reason. */
  readonly ready: Candidate[];
  /** Still being written. */
  readonly moving: Candidate[];
}

/**
 * Waits for the settle time and looks again at the files that were young at the scan and at those that changed while
 * they were read; postponed ones of other reasons are ready at once. Throws when `signal` is aborted.
 */
export async function settled(
  young: readonly Candidate[],
  postponed: readonly Postponed[],
  signal: AbortSignal,
): Promise<Settled> {
  const shrunk = postponed.filter(({ why }) => why === 'shrunk').map(({ candidate }) => candidate);
  const changed = postponed.flatMap(({ why, candidate, result }) =>
    why === 'unsettled' && 'fingerprint' in result ? [withFingerprint(candidate, result.fingerprint)] : [],
  );
  const waiting = [...young, ...changed];
  const longest = Math.max(0, ...waiting.map(({ source }) => source.settings.settleMs));
  if (waiting.length > 0) await sleep(longest, undefined, { signal });
  const ready = [...shrunk];
  const moving: Candidate[] = [];
  for (const candidate of waiting) {
    // A file that is gone by now is found to be so when it is opened.
    const now = fingerprintOf(candidate.file.absolutePath);
    if (now === null || sameFingerprint(now, candidate.file)) ready.push(candidate);
    else moving.push(candidate);
  }
  return { ready, moving };
}

function withFingerprint(candidate: Candidate, { size, mtimeNs }: Fingerprint): Candidate {
  return { ...candidate, file: { ...candidate.file, size, mtimeNs } };
}
