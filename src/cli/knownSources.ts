import { effectiveConfig } from '../config/effective.js';
import type { Given } from '../config/resolve.js';
import { defaultDeadlines } from '../config/sources.js';
import type { SourceSettings } from '../domain/settings.js';
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
  const { sources, disabled } = await effectiveConfig(flags, [], process.env, cwd);
  const known = db === null ? [] : sourceFacts(db);
  const named = new Set([...sources, ...disabled].map(({ name }) => name));
  const others = known.filter(({ name }) => !named.has(name));
  const adHoc = await Promise.all(others.map(({ name, root }) => adHocSources(flags, root, name, cwd)));
  const networked = new Set(known.filter(({ onNetwork }) => onNetwork).map(({ name }) => name));
  const planned = await planSources([...sources, ...adHoc.flat()], thisSystem);
  const standing = planned.map((source) => standingOf(source, networked.has(source.name), thisSystem));
  return { standing: await Promise.all(standing), disabled };
}

/** What a root of the command line stands for, under the name that the ledger knows it by. */
async function adHocSources(
  flags: Given,
  root: string,
  name: string,
  cwd: string,
): Promise<SourceSettings[]> {
  const { sources } = await effectiveConfig(flags, [root], process.env, cwd);
  return sources.map((source) => ({ ...source, name }));
}
