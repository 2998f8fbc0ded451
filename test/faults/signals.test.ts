import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/domain/event.ts';
import { type Run, type Running, type Workdir, workdir } from '../program.ts';
import { contentOf, wrongsOf } from './soundness.ts';
import { largeCsv } from './workload.ts';

/** Bytes of the one large file; 200,000,000 in the long mode. */
const largeBytes = Number(process.env.INGEST_TEST_LARGE ?? 20_000_000);
const patience = 5000;
const codes = { SIGINT: 130, SIGTERM: 143 } as const;

interface Interrupted {
  readonly run: Run;
  /** Milliseconds from the signal to the end. */
  readonly took: number;
}

/** Sends a signal so many milliseconds after the run has begun to read. */
async function interrupt(dir: Workdir, name: NodeJS.Signals, after: number): Promise<Interrupted> {
  const { child, done } = await started(dir);
  await Promise.race([sleep(after), done]);
  const sent = performance.now();
  child.kill(name);
  const run = await done;
  return { run, took: performance.now() - sent };
}

/** A run that has made its first segment; one that ended before is returned too. */
async function started(dir: Workdir): Promise<Running> {
  const running = dir.start(['data', '--json']);
  let ended = false;
  void running.done.then(() => {
    ended = true;
  });
  while (!ended && !hasSegment(dir)) await sleep(5);
  return running;
}

function hasSegment(dir: Workdir): boolean {
  try {
    return readdirSync(`${dir.db}.tmp`).length > 0;
  } catch {
    return false;
  }
}

function expectBalance({ files, rows }: Summary): void {
  const { seen, ...outcomes } = files;
  expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(seen);
  expect(rows.inserted + rows.deduplicated + rows.rejected).toBe(rows.parsed);
}

async function expectedOf(dir: Workdir): Promise<{ content: ReturnType<typeof contentOf>; took: number }> {
  const db = dir.path('undisturbed.db');
  const { code, summary } = await dir.ingest(['data', '--db', db, '--json']);
  expect(code).toBe(0);
  return { content: contentOf(db), took: summary.seconds * 1000 };
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (name) => {
  test('in a run over many files: ends in good order, and the next run completes it', async () => {
    const dir = workdir();
    for (let i = 0; i < 600; i++) dir.write(`data/${i % 10}/${i}.csv`, largeCsv(30_000, i));
    const { content, took: whole } = await expectedOf(dir);
    const moments = [0, 0.2, 0.4, 0.6].map((share) => whole * share);
    let interrupted = 0;
    for (const moment of moments) {
      const { run, took } = await interrupt(dir, name, moment);
      if (run.code === 0) continue;
      interrupted += 1;
      expect(took).toBeLessThan(patience);
      expectEnded(dir, run, name);
    }
    expect(interrupted).toBeGreaterThan(0);
    expect((await dir.ingest(['data'])).code).toBe(0);
    expect(contentOf(dir.db)).toEqual(content);
  });

  test('anywhere in the load of one large file: within five seconds, nothing half', async () => {
    const dir = workdir();
    dir.write('data/large.csv', largeCsv(largeBytes));
    const { content, took: whole } = await expectedOf(dir);
    let interrupted = 0;
    for (const share of [0, 0.2, 0.4, 0.6, 0.8]) {
      const { run, took } = await interrupt(dir, name, whole * share);
      if (run.code === 0) break;
      interrupted += 1;
      expect(took, `at ${share}`).toBeLessThan(patience);
      expectEnded(dir, run, name);
      expect(run.summary.rows.inserted, `at ${share}`).toBe(0);
    }
    expect(interrupted).toBeGreaterThan(1);
    expect((await dir.ingest(['data'])).code).toBe(0);
    expect(contentOf(dir.db)).toEqual(content);
  }, 240_000);

  test('while a large file is replaced: within five seconds, its old rows stand', async () => {
    const dir = workdir();
    dir.write('data/large.csv', largeCsv(largeBytes, 1));
    expect((await dir.ingest(['data'])).code).toBe(0);
    const before = contentOf(dir.db).tables;
    dir.write('data/large.csv', largeCsv(largeBytes, 2));
    const { content, took: whole } = await expectedOf(dir);
    for (const share of [0, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3]) {
      const { run, took } = await interrupt(dir, name, whole * share);
      if (run.code === 0) break;
      expect(took, `at ${share}`).toBeLessThan(patience);
      expectEnded(dir, run, name);
      expect(contentOf(dir.db).tables, `at ${share}`).toEqual(before);
    }
    expect((await dir.ingest(['data'])).code).toBe(0);
    expect(contentOf(dir.db).tables).toEqual(content.tables);
  }, 240_000);

  test('while the settle time of a young file is waited for', async () => {
    const dir = workdir();
    dir.write('data/a.csv', 'a,b\n1,2\n', new Date(Date.now() + 3_600_000));
    const { child, done } = dir.start(['data', '--json']);
    while (!existsSync(dir.db)) await sleep(5);
    await sleep(400);
    const sent = performance.now();
    child.kill(name);
    const run = await done;
    const took = performance.now() - sent;
    expect(took).toBeLessThan(patience);
    expect(run.code).toBe(codes[name]);
    expect(run.summary.files).toMatchObject({ seen: 1, deferred: 1 });
  });

  test('a second one ends the program at once, and the next run completes', async () => {
    const dir = workdir();
    dir.write('data/large.csv', largeCsv(largeBytes));
    const { content } = await expectedOf(dir);
    const { child, done } = await started(dir);
    child.kill(name);
    await sleep(20);
    child.kill(name);
    const sent = performance.now();
    const run = await done;
    expect(performance.now() - sent).toBeLessThan(5000);
    expect([run.code, run.signal]).toEqual([codes[name], null]);
    expect((await dir.ingest(['data'])).code).toBe(0);
    expect(wrongsOf(dir.db)).toEqual([]);
    expect(contentOf(dir.db)).toEqual(content);
  }, 120_000);

  test('one after another until it is gone: none ends it without its exit code', async () => {
    const dir = workdir();
    dir.write('data/a.csv', largeCsv(1_000_000));
    const { child, done } = await started(dir);
    while (child.exitCode === null && child.signalCode === null) {
      child.kill(name);
      await sleep(1);
    }
    const run = await done;
    expect([run.code, run.signal]).toEqual([codes[name], null]);
  });
});

/** What an interrupted run must have left behind. */
function expectEnded(dir: Workdir, run: Run, name: keyof typeof codes): void {
  expect({ code: run.code, signal: run.signal }, run.stderr).toEqual({ code: codes[name], signal: null });
  expect(run.summary.exitCode).toBe(codes[name]);
  expectBalance(run.summary);
  expect(existsSync(`${dir.db}.tmp`)).toBe(false);
  expect(wrongsOf(dir.db)).toEqual([]);
  const [last] = dir.rows<{ exit_code: number; finished_at: string | null }>(
    'SELECT exit_code, finished_at FROM _ingest_runs ORDER BY run_id DESC LIMIT 1',
  );
  expect(last).toMatchObject({ exit_code: codes[name], finished_at: expect.any(String) });
}
