import { statusesInFlight } from '../config/inForce.js';
import { cacheTask, resolveSettings } from '../config/settings.js';
import type { RunSettings } from '../domain/settings.js';
import { isNetworkType, readMounts } from '../share/filesystem.js';
import type { Call } from './commands.js';
import { namedBy } from './named.js';
import { suggestCommand } from './program.js';
import { endAs, supervise } from './supervise.js';
import { Teller } from './tell.js';

/**
 * `ingest [root…]`: the main job. Returns the exit code. The work is done in a process of its own, for a file system
 * call that hangs can be neither ended nor outlived by the process that made it; this one touches no share.
 */
export async function runCommand(call: Call): Promise<number> {
  const { args: roots, flags } = call;
  const task = cacheTask(flags, process.env);
  if (task !== null) return (await import('./cache.js')).cacheCommand(call, task);
  const { run, output, tell } = await resolveSettings(flags, roots, process.env, process.cwd(), new Date());
  const likelyCommand = roots.length === 1 ? suggestCommand(roots[0] ?? '') : null;
  // A dry run leaves no trace, so nobody is told of it.
  const teller = run.dryRun ? null : new Teller(tell, run.db, output);
  const done = await supervise(
    { type: 'run', run, output, likelyCommand, named: namedBy(flags) },
    poolSize(run),
  );
  await teller?.end(done);
  return endAs(done);
}

/** More threads than this Node does not start. */
const maxPool = 1024;

/**
 * Threads for file system calls: a source that hangs pins as many as it has calls in flight, and again each of the
 * three times it may seem to recover, and the other sources need theirs. Without a network mount nothing is pinned.
 */
function poolSize({ sources, concurrency }: RunSettings): number {
  const mounts = readMounts();
  const mayHang = mounts.length === 0 || mounts.some(({ type }) => isNetworkType(type));
  const pinned = mayHang ? sources.length * 4 * statusesInFlight(concurrency).most : 0;
  return Math.min(8 + pinned, maxPool);
}
