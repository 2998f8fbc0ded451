import type { RunStatus } from '../report/runsText.js';
import type { Connection } from '../store/database.js';
import { isLocked } from '../store/lock.js';
import { lastRuns } from '../store/queries.js';

/** The last runs of the database at a path, the newest first, with what is going on. */
export function runStates(db: Connection, path: string, limit: number): RunStatus[] {
  return lastRuns(db, limit).map((run, i) => {
    if (run.finishedAt !== null) return { ...run, state: 'finished' };
    return { ...run, state: i === 0 && isLocked(path) ? 'running' : 'interrupted' };
  });
}
