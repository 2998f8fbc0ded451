import { type Complaint, complaintOf } from '../share/health.js';
import type { Reach } from '../share/read.js';
import type { System } from '../share/system.js';
import type { PlannedSource } from './plan.js';

/** How a source stands at the moment, outside a run. */
export interface Standing {
  readonly source: PlannedSource;
  /** Why its root cannot be used, or null. */
  readonly complaint: Complaint | null;
  /** Seconds until it was known. */
  readonly seconds: number;
  /** Its calls are such that one that hangs can be left. */
  readonly reach: Reach;
}

/** The sources of today: those that a run would take, and those of the config file that are switched off. */
export interface KnownSources {
  readonly standing: readonly Standing[];
  readonly disabled: readonly { readonly name: string; readonly root: string }[];
}

/**
 * Looks at the root of a source and lists its first entries. `wasOnNetwork`: whether it lay on a network file system
 * when it was last believed.
 */
export async function standingOf(
  source: PlannedSource,
  wasOnNetwork: boolean,
  system: System,
): Promise<Standing> {
  const { folder, place, unreachable } = source;
  const { deadlines, health } = source.settings;
  const started = performance.now();
  const complaint =
    unreachable === null
      ? await complaintOf({ ...health, folder, place, deadlines, wasOnNetwork }, system, true)
      : ({ state: 'unreachable', why: unreachable } as const);
  const seconds = (performance.now() - started) / 1000;
  return { source, complaint, seconds, reach: { calls: system.calls('network'), deadlines } };
}
