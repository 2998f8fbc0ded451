import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import { thisSystem } from '../../src/share/system.ts';
import { type Workdir, workdir } from '../program.ts';
import { wrongsOf } from './soundness.ts';

/** A run in which no time passes; `paused` is told how long each wait would have been. */
async function ingest(dir: Workdir, paused: (ms: number) => void): Promise<Summary> {
  const { run: settings } = await resolveSettings(
    { db: dir.db, workers: '0' },
    [dir.path('data')],
    {},
    dir.root,
    new Date(),
  );
  const system = { ...thisSystem, pause: async (ms: number) => paused(ms) };
  return run(settings, () => {}, new AbortController().signal, system);
}

/** A database with one file loaded and another to come, and another program's connection to it. */
async function scene(): Promise<{ dir: Workdir; other: Database.Database }> {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  await ingest(dir, () => {});
  dir.write('data/b.csv', 'a,b\n3,4\n');
  return { dir, other: new Database(join(dir.root, 'ingest.db')) };
}

test("another program's write transaction is waited for: 1 s, then twice as long each time", async () => {
  const { dir, other } = await scene();
  other.exec('BEGIN IMMEDIATE; UPDATE data SET b = 20');
  const waits: number[] = [];
  const summary = await ingest(dir, (ms) => {
    waits.push(ms);
    if (waits.length === 4) other.exec('COMMIT');
  });
  other.close();
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(summary).toMatchObject({ exitCode: 0, rows: { inserted: 1 } });
  expect(dir.rows('SELECT b FROM data ORDER BY b')).toEqual([{ b: 4 }, { b: 20 }]);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('after half a minute the run ends, says why, and nothing is half', async () => {
  const { dir, other } = await scene();
  other.exec('BEGIN IMMEDIATE');
  const waits: number[] = [];
  const failure = await ingest(dir, (ms) => waits.push(ms)).catch((error: unknown) => error);
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(failure).toMatchObject({ code: 'database', exitCode: 1 });
  expect(String(failure)).toContain('Another program is writing to');
  other.exec('ROLLBACK');
  other.close();
  expect(dir.rows('SELECT count(*) AS n FROM data')).toEqual([{ n: 1 }]);
  expect((await ingest(dir, () => {})).rows.inserted).toBe(1);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('one who only reads is not waited for', async () => {
  const { dir, other } = await scene();
  other.exec('BEGIN');
  expect(other.prepare('SELECT count(*) AS n FROM data').all()).toEqual([{ n: 1 }]);
  const waits: number[] = [];
  expect((await ingest(dir, (ms) => waits.push(ms))).exitCode).toBe(0);
  expect(waits).toEqual([]);
  expect(other.prepare('SELECT count(*) AS n FROM data').all()).toEqual([{ n: 1 }]);
  other.close();
});
