import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { type Running, type Workdir, workdir } from '../program.ts';
import { good } from './share.ts';

const bin = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));

/** A run that has loaded one file and waits for another to settle. */
async function waitingRun(dir: Workdir): Promise<Running> {
  dir.write('share/a.csv', good);
  dir.write('share/young.csv', 'lot,board\n1,2\n', new Date());
  const sources = [{ name: 'share', root: 'share', settle: '10m' }];
  dir.write('ingest.config.json', JSON.stringify({ sources }));
  const running = dir.start(['--json']);
  await new Promise((resolve) => running.child.stdout?.once('data', resolve));
  return running;
}

/** The process that does the work. */
function workerOf({ child }: Running): number {
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; existsSync(`/proc/${pid}`); await sleep(10)) {
    if (Date.now() > until) return false;
  }
  return true;
}

async function nextRunIsWhole(dir: Workdir): Promise<void> {
  dir.write('share/young.csv', 'lot,board\n1,2\n');
  const { code, summary, stderr } = await dir.ingest(['--json']);
  expect(code, stderr).toBe(0);
  expect(summary.files).toMatchObject({ seen: 2, loaded: 1, unchanged: 1 });
  expect(dir.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(existsSync(`${dir.db}.tmp`)).toBe(false);
}

describe.skipIf(process.platform !== 'linux')('of the two processes of a run (needs /proc)', () => {
  test('the one that works leaves soon when the other is killed, and the next run works at once', async () => {
    const dir = workdir();
    const running = await waitingRun(dir);
    const worker = workerOf(running);
    running.child.kill('SIGKILL');
    await nextRunIsWhole(dir);
    expect(await isGoneWithin(worker, 2_000)).toBe(true);
    expect((await running.done).signal).toBe('SIGKILL');
  });

  test('the one that waits ends with 1 and says why when the other is killed', async () => {
    const dir = workdir();
    const running = await waitingRun(dir);
    process.kill(workerOf(running), 'SIGKILL');
    const { code, signal, stderr } = await running.done;
    expect([code, signal]).toEqual([1, null]);
    expect(stderr).toContain('SIGKILL');
    expect(stderr).toContain('to do: ');
    await nextRunIsWhole(dir);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('both may get %s, as from a terminal: the run ends in good order, once', async (name, code) => {
    const dir = workdir();
    const running = await waitingRun(dir);
    running.signalAll(name);
    const run = await running.done;
    expect([run.code, run.summary.exitCode]).toEqual([code, code]);
    expect(run.lines.filter(({ type }) => type === 'summary')).toHaveLength(1);
    await nextRunIsWhole(dir);
  });

  test('both may get SIGINT before anything was begun', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    for (const after of [60, 90, 120, 150, 180, 210, 240]) {
      const { signalAll, done } = dir.start(['share', '--json']);
      await Promise.race([done, sleep(after)]);
      signalAll('SIGINT');
      const { code, signal } = await done;
      // Before the program has begun to listen, the signal ends it as it ends any.
      if (signal !== 'SIGINT') expect([0, 130]).toContain(code);
    }
    expect((await dir.ingest(['share'])).code).toBe(0);
  });
});

describe('the lock of a run that lost its parent', () => {
  function held(dir: Workdir, parent: number): Database.Database {
    const lock = new Database(`${dir.db}.lock`);
    lock.exec('BEGIN EXCLUSIVE');
    mkdirSync(`${dir.db}.tmp`);
    dir.write('ingest.db.tmp/parent.pid', String(parent));
    return lock;
  }

  test('is waited for', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    const lock = held(dir, spawnSync('true').pid);
    const { done } = dir.start(['share']);
    await sleep(1_500);
    lock.close();
    expect((await done).code).toBe(0);
  });

  test('is another run for as long as the parent lives: 11 at once', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    const lock = held(dir, process.pid);
    const started = performance.now();
    expect((await dir.ingest(['share'])).code).toBe(11);
    expect(performance.now() - started).toBeLessThan(3_000);
    lock.close();
  });
});

test.skipIf(process.platform === 'win32')(
  'needs no terminal, no input and few words in its environment',
  () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    const line = `exec env -i PATH=/usr/bin:/bin '${process.execPath}' '${bin}' share --quiet <&- 2>&1 | cat`;
    expect(execFileSync('/bin/sh', ['-c', line], { cwd: dir.root, encoding: 'utf8' })).toBe('');
    expect(dir.rows('SELECT count(*) AS n FROM share')).toEqual([{ n: 2 }]);
  },
);
