import { cpSync, existsSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { type Content, contentOf, wrongsOf } from './soundness.ts';
import { deleteOne, random, takeWay, writeFirst, writeSecond } from './workload.ts';

const crashes = Number(process.env.INGEST_TEST_CRASHES ?? 12);
const seed = Number(process.env.INGEST_TEST_SEED ?? 20_261_122);
/** At which of its times a point kills. */
const times = crashes > 12 ? [1, 2, 3, 5, 8, 13, 21] : [1, 6];
/** Kills of one database before it is run to its end. */
const killsInARow = 3;
/** A large file takes another way than small ones, which are read whole. */
const smallestLarge = 9_000_000;

const failpoints = [
  'after-attach',
  'after-remove',
  'after-admit',
  'after-place',
  'before-commit',
  'after-commit',
  'before-finish',
];

interface Scene {
  readonly dir: Workdir;
  /** What a run that nothing disturbed makes of the files. */
  readonly expected: Content;
  /** How long that run took. */
  readonly milliseconds: number;
  /** Puts the database back to where it was before that run. */
  restore(): void;
}

/** An earlier load, files that changed since, and what an undisturbed run makes of them. */
async function scene(largeBytes: number): Promise<Scene> {
  const dir = workdir();
  const restore = () => {
    for (const end of ['', '-wal', '-shm', '.lock']) rmSync(dir.db + end, { force: true });
    cpSync(dir.path('earlier.db'), dir.db);
  };
  writeFirst(dir);
  expect((await dir.ingest([])).code).toBe(0);
  deleteOne(dir);
  expect((await dir.ingest([])).code).toBe(0);
  cpSync(dir.db, dir.path('earlier.db'));
  writeSecond(dir, largeBytes);
  const started = performance.now();
  await dir.ingest([]);
  const milliseconds = performance.now() - started;
  const expected = contentOf(dir.db);
  restore();
  return { dir, expected, milliseconds, restore };
}

/** Runs to the end and checks that the run left nothing behind and the database whole. */
async function finish(dir: Workdir): Promise<void> {
  const run = await dir.ingest([]);
  expect(run.code, run.stderr).toBe(3);
  expect(wrongsOf(dir.db)).toEqual([]);
  expect(existsSync(`${dir.db}.tmp`)).toBe(false);
}

test('a run killed at any point of a commit leaves the database whole, and the next run completes it', async () => {
  const { dir, expected, restore } = await scene(smallestLarge);
  for (const [way, name] of failpoints.entries()) {
    takeWay(dir, way);
    let killed = 0;
    for (const nth of times) {
      restore();
      const run = await dir.ingest([], { INGEST_FAILPOINT: `${name}:${nth}` });
      if (run.code === 3) break;
      killed += 1;
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('SIGKILL')]);
      expect(wrongsOf(dir.db), `${name}:${nth}`).toEqual([]);
      await finish(dir);
      expect(contentOf(dir.db), `${name}:${nth}`).toEqual(expected);
    }
    expect(killed, name).toBeGreaterThan(0);
  }
}, 300_000);

test(
  'a run killed at random moments, again and again, ends in the database of an undisturbed run',
  async () => {
    const { dir, expected, milliseconds, restore } = await scene(10_000_000);
    const next = random(seed);
    let [kills, longest] = [0, milliseconds];
    for (let series = 0; kills < crashes; series++) {
      expect(series, 'series of kills').toBeLessThan(crashes * 2);
      restore();
      takeWay(dir, series);
      const moments: number[] = [];
      while (moments.length < killsInARow && kills < crashes) {
        const moment = next() * longest;
        const endedAfter = await killedAfter(dir, moment);
        if (endedAfter !== null) {
          // The machine may have been busier while the first run was timed.
          longest = Math.min(longest, endedAfter);
          break;
        }
        kills += 1;
        moments.push(moment);
        expect(wrongsOf(dir.db), `killed after ${moments} ms`).toEqual([]);
      }
      await finish(dir);
      expect(contentOf(dir.db), `killed after ${moments} ms`).toEqual(expected);
    }
  },
  60_000 + crashes * 10_000,
);

/** Kills a run after so many milliseconds; when it had ended by then, returns how many it took. */
async function killedAfter(dir: Workdir, milliseconds: number): Promise<number | null> {
  const started = performance.now();
  const { signalAll, done } = dir.start([]);
  const timer = setTimeout(() => signalAll('SIGKILL'), milliseconds);
  const { signal, code, stderr } = await done;
  clearTimeout(timer);
  if (signal === 'SIGKILL') return null;
  expect(code, stderr).toBe(3);
  return performance.now() - started;
}
