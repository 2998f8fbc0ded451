import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { canMount } from './mounting.ts';
import { wrongsOf } from './soundness.ts';
import { largeCsv } from './workload.ts';

/** Appends a record every few milliseconds; returns how to stop. */
function appending(path: string): () => void {
  let n = 0;
  const timer = setInterval(() => appendFileSync(path, `${n++},x\n`), 3);
  const stop = () => clearInterval(timer);
  onTestFinished(stop);
  return stop;
}

test('a file that a writer appends to all the time is deferred with exit 0, and loaded once left alone', async () => {
  const dir = workdir();
  const path = dir.write('data/growing.csv', 'a,b\n');
  dir.write('data/quiet.csv', 'a,b\n1,2\n');
  const stop = appending(path);
  for (const attempts of [1, 2]) {
    const run = await dir.ingest(['data', '--json']);
    expect(run.code).toBe(0);
    expect(run.files.find((file) => file.path === 'growing.csv')?.outcome).toBe('deferred');
    expect(dir.rows("SELECT status, attempts FROM _ingest_files WHERE path = 'growing.csv'")).toEqual([
      { status: 'deferred', attempts },
    ]);
  }
  stop();
  const last = await dir.ingest(['data', '--json']);
  expect(last.code).toBe(0);
  expect(last.files.find((file) => file.path === 'growing.csv')).toMatchObject({
    outcome: 'loaded',
    reason: 'retry',
  });
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('a large file that is appended to while it is read is not loaded by halves', async () => {
  const dir = workdir();
  const path = dir.write('data/large.csv', largeCsv(12_000_000));
  const fd = openSync(path, 'a');
  const hourAgo = new Date(Date.now() - 3_600_000);
  let n = 0;
  // The writer sets the mtime back, so only the reading itself can notice it.
  const timer = setInterval(() => {
    writeSync(fd, `late-${n++},1,2,3,x\n`);
    utimesSync(path, hourAgo, hourAgo);
  }, 3);
  onTestFinished(() => clearInterval(timer));
  const run = await dir.ingest(['data', '--json']);
  clearInterval(timer);
  closeSync(fd);
  expect(run.code).toBe(0);
  expect(run.summary.files).toMatchObject({ seen: 1, deferred: 1 });
  expect(run.summary.rows.inserted).toBe(0);
  const next = await dir.ingest(['data', '--json']);
  expect(next.summary.files.loaded).toBe(1);
  expect(dir.rows("SELECT count(*) AS n FROM data WHERE board LIKE 'late-%'")).toEqual([{ n }]);
});

test('files that vanish between the scan and the read are vanished, with exit 0', async () => {
  const dir = workdir();
  for (let i = 0; i < 400; i++) dir.write(`data/${i}.csv`, largeCsv(20_000, i));
  const { done } = dir.start(['data', '--json', '--workers', '1', '--order', 'path']);
  while (!started(dir)) await sleep(2);
  for (let i = 300; i < 400; i++) rmSync(dir.path(`data/${i}.csv`));
  const run = await done;
  expect(run.code).toBe(0);
  const { vanished, loaded, seen } = run.summary.files;
  expect(vanished + loaded).toBe(seen);
  expect(wrongsOf(dir.db)).toEqual([]);
});

function started(dir: Workdir): boolean {
  try {
    return readdirSync(`${dir.db}.tmp`).length > 0;
  } catch {
    return false;
  }
}

test.skipIf(process.getuid?.() === 0)(
  'an unreadable file fails with what to do; the others load',
  async () => {
    const dir = workdir();
    dir.write('data/good.csv', 'a,b\n1,2\n');
    execFileSync('chmod', ['000', dir.write('data/secret.csv', 'a,b\n3,4\n')]);
    const run = await dir.ingest(['data', '--json']);
    expect(run.code).toBe(3);
    expect(run.files.find((file) => file.path === 'secret.csv')).toMatchObject({
      outcome: 'failed',
      error: { code: 'unreadable' },
    });
    expect(dir.rows('SELECT a FROM data')).toEqual([{ a: 1 }]);
  },
);

describe.skipIf(!canMount)('files of /proc mounted over data files (needs the right to mount)', () => {
  test('one that cannot be read fails with the system code; the others load; the next run loads it', async () => {
    const dir = workdir();
    dir.write('data/good.csv', 'a,b\n1,2\n');
    const bad = dir.write('data/bad.csv', 'a,b\n3,4\n');
    // Reading /proc/self/mem at its start is an I/O error.
    execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, bad]);
    let mounted = true;
    const unmount = () => {
      if (mounted) execFileSync('umount', [bad]);
      mounted = false;
    };
    onTestFinished(unmount);
    const run = await dir.ingest(['data', '--json']);
    expect(run.code).toBe(3);
    const failed = run.files.find((file) => file.path === 'bad.csv');
    expect(failed).toMatchObject({ outcome: 'failed', error: { code: 'unreadable' } });
    expect(dir.rows('SELECT a FROM data')).toEqual([{ a: 1 }]);
    unmount();
    const next = await dir.ingest(['data', '--json']);
    expect(next.code).toBe(0);
    expect(next.files.find((file) => file.path === 'bad.csv')).toMatchObject({
      outcome: 'loaded',
      reason: 'retry',
    });
  });
});

test('a folder of very many files is loaded, and known again', async () => {
  const dir = workdir();
  const count = Number(process.env.INGEST_TEST_FILES ?? 6_000);
  mkdirSync(dir.path('data'));
  const hourAgo = Date.now() / 1000 - 3600;
  for (let i = 0; i < count; i++) {
    const fd = openSync(dir.path('data', `${i}.csv`), 'w');
    writeSync(fd, `a,b\n${i},x\n`);
    closeSync(fd);
    utimesSync(dir.path('data', `${i}.csv`), hourAgo, hourAgo);
  }
  const first = await dir.ingest(['data', '--json', '-q']);
  expect(first.code).toBe(0);
  expect(first.summary.files.loaded).toBe(count);
  const second = await dir.ingest(['data', '--json', '-q']);
  expect(second.summary.files.unchanged).toBe(count);
  expect(second.summary.bytesRead).toBe(0);
}, 600_000);
