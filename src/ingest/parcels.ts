import { smallFileBytes } from '../parse/job.js';
import type { Candidate } from './candidate.js';

/** Files of one parcel at most; each costs some memory on both sides of the thread border. */
const maxFiles = 1024;
const minBytes = 256 * 1024;

/**
 * Cuts candidates, in their order, into parcels of bounded size: a large file alone, small ones together, and enough
 * parcels that every thread gets some. `segmentOf`: where the records of a candidate are kept; those of one kept segment
 * have parcels of their own, so that it can serve as theirs.
 */
export function parcels(
  candidates: readonly Candidate[],
  threads: number,
  segmentOf: (candidate: Candidate) => string | null,
): Candidate[][] {
  const total = candidates.reduce((sum, candidate) => sum + candidate.file.size, 0);
  const share = total / (Math.max(threads, 1) * 4);
  const maxBytes = Math.min(smallFileBytes, Math.max(minBytes, share));
  const cut: Candidate[][] = [];
  let current: Candidate[] = [];
  let bytes = 0;
  let segment: string | null = null;
  for (const candidate of candidates) {
    const full = current.length >= maxFiles || bytes + candidate.file.size > maxBytes;
    const before: string | null = segment;
    segment = segmentOf(candidate);
    if ((full || segment !== before) && current.length > 0) {
      cut.push(current);
      current = [];
      bytes = 0;
    }
    current.push(candidate);
    bytes += candidate.file.size;
  }
  if (current.length > 0) cut.push(current);
  return cut;
}
