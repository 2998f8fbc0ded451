import pLimit from 'p-limit';
import { type Fingerprint, sameFingerprint } from '../domain/file.js';
import { asFingerprint } from '../share/calls.js';
import { HungCall } from '../share/failure.js';
import { ask } from '../share/root.js';
import { unlessAborted } from './abort.js';
import type { Availability } from './availability.js';
import { absolutePath, type Candidate } from './candidate.js';
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
 * they were read; postponed ones of other reasons are ready at once. Throws when the run is to end.
 */
export async function settled(
  young: readonly Candidate[],
  postponed: readonly Postponed[],
  availability: Availability,
): Promise<Settled> {
  const shrunk = postponed.filter(({ why }) => why === 'shrunk').map(({ candidate }) => candidate);
  const changed = postponed.flatMap(({ why, candidate, result }) =>
    why === 'unsettled' && 'fingerprint' in result ? [withFingerprint(candidate, result.fingerprint)] : [],
  );
  const waiting = [...young, ...changed];
  const longest = Math.max(0, ...waiting.map(({ source }) => source.settings.settleMs));
  const { system, signal } = availability;
  if (waiting.length > 0) await system.pause(longest, signal);
  const limit = pLimit(availability.inFlight.first);
  const looks = waiting.map((candidate) => limit(() => hasMoved(candidate, availability)));
  const moved = await unlessAborted(Promise.all(looks), signal);
  return {
    ready: [...shrunk, ...waiting.filter((_, i) => !moved[i])],
    moving: waiting.filter((_, i) => moved[i]),
  };
}

/** Whether a file has changed. One that cannot be looked at is found to be so when it is opened. */
async function hasMoved({ file, source }: Candidate, availability: Availability): Promise<boolean> {
  if (availability.isDown(source)) return false;
  const calls = availability.system.calls(source.access);
  try {
    const path = absolutePath({ source, file });
    const entry = await ask({ calls, deadlines: source.settings.deadlines }, 'lstat', path);
    return !sameFingerprint(asFingerprint(entry), file);
  } catch (error) {
    if (error instanceof HungCall) availability.stop(source, error.message);
    return false;
  }
}

function withFingerprint(candidate: Candidate, { size, mtimeNs }: Fingerprint): Candidate {
  return { ...candidate, file: { ...candidate.file, size, mtimeNs } };
}
