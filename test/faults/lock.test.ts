import { existsSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Running, type Workdir, workdir } from '../program.ts';
import { contentOf, wrongsOf } from './soundness.ts';
import { largeCsv } from './workload.ts';

/** A run that takes some seconds, once it holds the lock and has written something. */
async function longRun(dir: Workdir): Promise<Running> {
  dir.write('data/a_small.csv', 'board,part\n1,2\n');
  dir.write('data/large.csv', largeCsv(20_000_000));
  // A file dated in the future keeps a run waiting for the settle time.
  dir.write('data/young.csv', 'board,part\n3,4\n', new Date(Date.now() + 3_600_000));
  const running = dir.start(['data', '--json', '--order', 'smallest']);
  while (!existsSync(dir.db) || !hasRows(dir)) await sleep(20);
  return running;
}

function hasRows(dir: Workdir): boolean {
  try {
    return dir.rows("SELECT 1 FROM _ingest_files WHERE status = 'loaded'").length > 0;
  } catch {
    return false;
  }
}

test('a second run ends with 11 and touches nothing; the first goes on undisturbed', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  dir.write('other/a.csv', 'x,y\n1,2\n');
  const second = await dir.ingest(['other', '--json']);
  expect(first.child.exitCode).toBe(null);
  expect(second.code).toBe(11);
  expect(second.stdout).toBe('');
  expect(second.stderr).toMatch(/another run/i);
  expect((await first.done).code).toBe(0);
  expect(dir.rows("SELECT 1 FROM _ingest_files WHERE source = 'other'")).toEqual([]);
  expect(dir.rows('SELECT * FROM _ingest_runs')).toHaveLength(1);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('a dry run during a run ends with 11 too', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  const second = await dir.ingest(['data', '--dry-run']);
  expect(first.child.exitCode).toBe(null);
  expect(second.code).toBe(11);
  expect((await first.done).code).toBe(0);
});

test('a run over another database is not held up', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  dir.write('other/a.csv', 'x,y\n1,2\n');
  const second = await dir.ingest(['other', '--db', 'other.db']);
  expect(second.code).toBe(0);
  expect((await first.done).code).toBe(0);
});

test('status and files work during a run', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  for (const args of [['status'], ['status', '--json'], ['files'], ['files', '--json']]) {
    const { code, stdout, stderr } = await dir.ingest(args);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/data/);
  }
  expect(first.child.exitCode).toBe(null);
  expect((await first.done).code).toBe(0);
});

test('a killed run leaves no lock', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  first.signalAll('SIGKILL');
  await first.done;
  const next = await dir.ingest(['data']);
  expect(next.code, next.stderr).toBe(0);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('of two runs started together one does the work and the other ends with 11', async () => {
  const dir = workdir();
  dir.write('data/large.csv', largeCsv(9_000_000));
  const runs = await Promise.all([dir.ingest(['data']), dir.ingest(['data'])]);
  expect(runs.map((run) => run.code).sort()).toEqual([0, 11]);
  expect(wrongsOf(dir.db)).toEqual([]);
  expect(contentOf(dir.db).ledger).toHaveLength(1);
});

test('the database of a link and of its target have one lock', async () => {
  const dir = workdir();
  const first = await longRun(dir);
  symlinkSync(dir.db, dir.path('link.db'));
  const second = await dir.ingest(['data', '--db', 'link.db']);
  expect(second.code).toBe(11);
  expect((await first.done).code).toBe(0);
});
