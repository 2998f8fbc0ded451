import { effectiveConfig } from '../config/effective.js';
import type { Given } from '../config/resolve.js';
import { defaultDeadlines } from '../config/sources.js';
import { planSources } from '../ingest/plan.js';
import { type KnownSources, standingOf } from '../ingest/standing.js';
import type { Reach } from '../share/read.js';
import { thisSystem } from '../share/system.js';
import type { Connection } from '../store/database.js';
import { sourceFacts } from '../store/queries.js';

/** How a path is reached that lies in no source. */
export const plainReach: Reach = { calls: thisSystem.calls('network'), deadlines: defaultDeadlines };

/** The sources of the config file, and the roots of the command line that the ledger knows, as they stand now. */
export async function knownSources(flags: Given, db: Connection | null, cwd: string): Promise<KnownSources> {
  const { sources, disabled } = effectiveConfig(flags, [], process.env, cwd);
  const known = db === null ? [] : sourceFacts(db);
  const named = new Set([...sources, ...disabled].map(({ name }) => name));
  const adHoc = known
    .filter(({ name }) => !named.has(name))
    .flatMap(({ name, root }) =>
      effectiveConfig(flags, [root], process.env, cwd).sources.map((source) => ({ ...source, name })),
    );
  const networked = new Set(known.filter(({ onNetwork }) => onNetwork).map(({ name }) => name));
  const planned = await planSources([...sources, ...adHoc], thisSystem);
  const standing = planned.map((source) => standingOf(source, networked.has(source.name), thisSystem));
  return { standing: await Promise.all(standing), disabled };
}
