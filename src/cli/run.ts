import type { Given } from '../config/resolve.js';
import { resolveSettings } from '../config/settings.js';
import type { RunSettings } from '../domain/settings.js';
import { isNetworkType, readMounts } from '../share/filesystem.js';
import { suggestCommand } from './program.js';
import { supervise } from './supervise.js';

/**
 * `ingest [root…]`: the main job. Returns the exit code. The work is done in a process of its own, for a file system
 * call that hangs can be neither ended nor outlived by the process that made it; this one touches no share.
 */
export async function runCommand(roots: readonly string[], flags: Given): Promise<number> {
  const { run, output } = resolveSettings(flags, roots, process.env, process.cwd(), new Date());
  const likelyCommand = roots.length === 1 ? suggestCommand(roots[0] ?? '') : null;
  return supervise({ run, output, likelyCommand }, poolSize(run));
}

/** Calls in flight on a network file system unless set. */
const networkConcurrency = 16;
/** More threads than this Node does not start. */
const maxPool = 1024;

/**
 * Threads for file system calls: a source that hangs pins as many as it has calls in flight, and again each of the
 * three times it may seem to recover, and the other sources need theirs. Without a network mount nothing is pinned.
 */
function poolSize({ sources, concurrency }: RunSettings): number {
  const mounts = readMounts();
  const mayHang = mounts.length === 0 || mounts.some(({ type }) => isNetworkType(type));
  const pinned = mayHang ? sources.length * 4 * (concurrency ?? networkConcurrency) : 0;
  return Math.min(8 + pinned, maxPool);
}
