import { counted } from '../report/units.js';
import type { RunFacts, SourceFacts, TableFacts } from '../store/queries.js';
import type { Arrivals } from '../store/vitals.js';

/** All that the doctor judges by. */
export interface Vitals {
  readonly db: {
    readonly path: string;
    readonly bytes: number;
    readonly walBytes: number;
    /** Of its disk; null where the system does not say. */
    readonly freeBytes: number | null;
  };
  /** Of the database and its log, those that everybody on the machine may read. */
  readonly readable: readonly string[];
  /** The newest first. */
  readonly runs: readonly RunFacts[];
  /** Whether a run goes on now. */
  readonly running: boolean;
  readonly sources: readonly (SourceFacts & SourceVitals)[];
  readonly tables: readonly TableFacts[];
  readonly newBySource: readonly Arrivals[];
  readonly loadedByTable: readonly Arrivals[];
  readonly memoryBytes: number;
  /** Files whose content is not what the ledger says, though size and mtime are. */
  readonly mismatched: readonly string[];
  readonly now: Date;
}

export interface SourceVitals {
  /** Why its root cannot be used, or null. */
  readonly unreachable: string | null;
  /** Seconds that the first listing of its root took. */
  readonly rootSeconds: number;
  /** Seconds by which its newest file is dated ahead. */
  readonly aheadSeconds: number;
}

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** Differences between each value and the one before. */
export function gaps(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => value - (values[i] ?? value));
}

/** The middle value, the upper one of two; null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** `3 days` */
export function days(amount: number): string {
  return counted(Math.floor(amount), 'day');
}
