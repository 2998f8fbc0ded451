/** What `stat` says of a file. Equal fingerprints mean: not opened. */
export interface Fingerprint {
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
}

/** A file found by a scan, known by (source, path). */
export interface SourceFile extends Fingerprint {
  readonly source: string;
  /** Relative to the source's root, `/` between parts. */
  readonly path: string;
}

/** Why a file is read. */
export type LoadReason = 'new' | 'changed' | 'retry' | 'forced' | 'settings';

/** What a run makes of a file. The balance adds these up. */
export const outcomes = [
  'loaded',
  'unchanged',
  'touched',
  'duplicate',
  'renamed',
  'deferred',
  'held',
  'failed',
  'vanished',
] as const;
export type Outcome = (typeof outcomes)[number];

/** What the ledger says of a file between runs. */
export type FileStatus = 'loaded' | 'duplicate' | 'deferred' | 'held' | 'failed' | 'missing';

/** Equal in every bit, as the quick check demands: never older or newer. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs;
}
