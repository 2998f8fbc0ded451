import type { StageSeconds, Warning } from '../domain/event.js';
import type { SegmentWriting } from '../domain/settings.js';
import type { Pool } from '../parse/pool.js';
import type { Store } from '../store/store.js';
import type { Availability } from './availability.js';
import type { Candidate } from './candidate.js';
import type { RunCache } from './runCache.js';
import type { Postponed, Verdict } from './verdict.js';

export interface LoadSettings {
  readonly store: Store;
  readonly pool: Pool;
  readonly availability: Availability;
  readonly cache: RunCache;
  /** Where segments lie until they are committed. */
  readonly folder: string;
  /** Files in flight; null: by the kind of file system. */
  readonly concurrency: number | null;
  /** Rows that a thread holds in memory at a time. */
  readonly batchRows: number;
  readonly writer: SegmentWriting;
  /** Ends the work: what is not committed yet is rolled back. */
  readonly signal: AbortSignal;
  readonly stages: StageSeconds;
  /** Whether a file must be judged after all such files before it. */
  readonly inOrder: (candidate: Candidate) => boolean;
  readonly warn: (warning: Warning) => void;
  /** Told of each file that is about to be read; returns what to call when that is over. */
  readonly begin: (candidate: Candidate) => () => void;
  /** Told of each batch once it is committed, with the bytes read for it. */
  readonly committed: (verdicts: readonly Verdict[], bytes: number) => void;
}

/** What loading left open. */
export interface Loaded {
  /** Files whose judgement must wait. */
  readonly postponed: Postponed[];
  /** Files whose source stopped answering before they were read. */
  readonly unreached: Candidate[];
}
