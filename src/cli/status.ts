import { ExitCode } from '../domain/errors.js';
import { lastState, loadedByRun } from '../report/runsText.js';
import { type Status, statusText } from '../report/statusText.js';
import { databaseBytes, sourceFacts, tableFacts } from '../store/queries.js';
import { cacheReport } from './cache.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';
import { reading } from './reading.js';
import { runStates } from './runStates.js';

/** Runs that `ingest status` shows. */
const shownRuns = 5;
/** Runs over which its trends go. */
const trendRuns = 24;

/** `ingest status`: ledger, tables and last runs; works while a run goes on. */
export function statusCommand({ flags }: Call): Promise<number> {
  return reading(flags, ({ db, path, cache, output }) => {
    const runs = runStates(db, path, trendRuns);
    const status: Status = {
      db: { path, bytes: databaseBytes(path) },
      tables: tableFacts(db),
      sources: sourceFacts(db).map((source) => ({
        ...source,
        state: lastState(runs, source.name),
        loadedByRun: loadedByRun(runs, source.name),
      })),
      cache: cacheReport(cache),
      lastRuns: runs.slice(0, shownRuns),
    };
    if (output.json) printJson({ type: 'status', ...status });
    else print(statusText(status, stdoutPage(output)));
    return ExitCode.done;
  });
}
