import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { clearCache } from '../../../src/cache/stats.ts';
import type { Given } from '../../../src/config/resolve.ts';
import {
  checkBalance,
  checkBookkeeping,
  checkExitCode,
  checkIntegrity,
  checkKept,
  checkLedger,
} from './checks.ts';
import { flagsOf, imprint, runHere, runToKill, type Told } from './program.ts';
import { contentOf } from './says.ts';
import { type Entry, reading, type Snapshot, snapshotOf } from './snapshot.ts';
import { plainly, type Running, type Setting, type Step } from './steps.ts';
import { type Place, World, writeFile } from './world.ts';

/** In memory where there is such a place: thousands of runs would wait for the disk. */
const fastFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Lives through a history and compares. */
export async function live(steps: readonly Step[], dedupe: Setting['dedupe']): Promise<void> {
  const root = mkdtempSync(join(fastFolder, 'ingest-history-'));
  try {
    const world = new World(join(root, 'story'), dedupe);
    const db = join(root, 'ingest.db');
    for (const { changes, running } of steps) {
      for (const change of changes) world.apply(change);
      await ingest(world, db, { ...plainly, ...running });
    }
    await ingest(world, db, plainly);
    mend(world, snapshotOf(db));
    await ingest(world, db, { ...plainly, acceptShrink: world.reconfigured.size > 0 });
    await checkRest(world, db);
    checkIntegrity(db);
    const content = reading(db, contentOf);
    expect(content).toEqual(await freshContent(world, db, join(root, 'fresh')));
    await rebuild(world, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** One run, perhaps after one that was killed or dry, with all that must hold true of it. */
async function ingest(world: World, db: string, running: Running): Promise<void> {
  if (running.cache === 'cleared') clearCache(join(world.root, 'cache'));
  const flags = flagsOf(world, db, running);
  if (running.killAt !== null) runToBeKilled(world, db, flags, running.killAt);
  const before = snapshotOf(db);
  const foretold = running.foretold ? await runDry(db, flags) : null;
  const told = await runHere(flags, running.interruptAt);
  const after = snapshotOf(db);
  checkBookkeeping(db);
  checkBalance(told, before, after);
  checkKept(world, before, after);
  if (told.summary.exitCode === 130) return;
  checkExitCode(told);
  checkLedger(world, { before, after, told, running });
  if (foretold) expect(forecastOf(foretold)).toEqual(forecastOf(told));
}

function runToBeKilled(world: World, db: string, flags: Given, killAt: string): void {
  const before = snapshotOf(db);
  runToKill(flags, killAt);
  if (!existsSync(db)) return;
  checkIntegrity(db);
  checkBookkeeping(db);
  checkKept(world, before, snapshotOf(db));
}

async function runDry(db: string, flags: Given): Promise<Told> {
  const before = imprint(db);
  const told = await runHere({ ...flags, dryRun: true });
  expect(imprint(db)).toBe(before);
  return told;
}

function forecastOf({ summary }: Told): object {
  const { exitCode, files, rows, skipped, missing } = summary;
  return { exitCode, files, rows, skipped, missing };
}

/** Puts the last good version back where rows were made under settings that may have changed since. */
function mend(world: World, { entries }: Snapshot): void {
  for (const [key, entry] of entries) {
    const place = entry as Entry & Place;
    const good = entry.sha256 === null ? undefined : world.contents.get(entry.sha256);
    if (!good || !world.reconfigured.has(place.source)) continue;
    const isWell = world.files.has(key) && ['loaded', 'duplicate'].includes(entry.status);
    if (!isWell) world.write(place, good.document, world.nextTime());
  }
}

/** Once all is taken, one more run has nothing to do. */
async function checkRest(world: World, db: string): Promise<void> {
  const { summary } = await runHere(flagsOf(world, db, plainly));
  const { loaded, touched, duplicate, renamed, deferred } = summary.files;
  const down = summary.sources.some(({ state }) => state !== 'healthy');
  expect({ loaded, touched, duplicate, renamed, inserted: summary.rows.inserted }).toEqual({
    loaded: 0,
    touched: 0,
    duplicate: 0,
    renamed: 0,
    inserted: 0,
  });
  if (!down) expect(deferred).toBe(0);
}

/** A database made anew from the files equals one made from the cache. */
async function rebuild(world: World, root: string): Promise<void> {
  const contents = [];
  world.unmask();
  for (const cache of ['off', 'on'] as const) {
    const db = join(root, `rebuilt-${cache}.db`);
    const { summary } = await runHere(flagsOf(world, db, { ...plainly, cache }));
    expect(summary.warnings.filter(({ code }) => code.startsWith('cache_'))).toEqual([]);
    contents.push(reading(db, contentOf));
  }
  expect(contents[1]).toEqual(contents[0]);
}

/** What one fresh run makes of the last good version of each known file. */
async function freshContent(world: World, db: string, root: string): Promise<object> {
  const fresh = new World(root, 'row');
  Object.assign(fresh.settings, world.settings);
  for (const entry of snapshotOf(db).entries.values()) {
    const good = entry.sha256 === null ? undefined : world.contents.get(entry.sha256);
    const place = entry as Entry & Place;
    if (good)
      writeFile(
        join(fresh.folder(place.source), entry.path),
        good.bytes,
        Number(entry.mtime_ns / 1_000_000_000n),
      );
  }
  const { summary } = await runHere(flagsOf(fresh, join(root, 'ingest.db'), plainly));
  const { seen, loaded, duplicate } = summary.files;
  expect(loaded + duplicate, JSON.stringify(summary)).toBe(seen);
  return reading(join(root, 'ingest.db'), contentOf);
}
