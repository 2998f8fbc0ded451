import { setTimeout as sleep } from 'node:timers/promises';
import { type Access, type ShareCalls, systemCalls } from './calls.js';
import { type Mount, readMounts } from './filesystem.js';

/** What of the machine the work on shares depends on; tests put their own in its place. */
export interface System {
  /** The mount table now. */
  mounts(): readonly Mount[];
  calls(access: Access): ShareCalls;
  /** Waits so many milliseconds; rejects when `signal` is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export const thisSystem: System = {
  mounts: readMounts,
  calls: systemCalls,
  pause: (ms, signal) => sleep(ms, undefined, { signal }),
};
