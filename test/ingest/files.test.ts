import { utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { count, daysAgo, fates, ingest, records, statuses } from './fates.ts';

describe('which files are taken', () => {
  function threeAges(dir: Workdir): void {
    dir.write('data/old.csv', records(0, 1), daysAgo(30));
    dir.write('data/week.csv', records(1, 1), daysAgo(7));
    dir.write('data/today.csv', records(2, 1), daysAgo(0.1));
  }

  test.each([
    ['--since 36h', ['today.csv'], 2],
    ['--since 10d', ['today.csv', 'week.csv'], 1],
    ['--until 3d', ['old.csv', 'week.csv'], 1],
    ['--since 10d --until 3d', ['week.csv'], 2],
    ['--since 9w', ['old.csv', 'today.csv', 'week.csv'], 0],
  ])('%s', async (options, taken, skipped) => {
    const dir = workdir();
    threeAges(dir);
    const run = await ingest(dir, ...options.split(' '));
    expect(Object.keys(fates(run)).sort()).toEqual(taken);
    expect(run.summary).toMatchObject({ exitCode: 0, skipped, files: { seen: taken.length } });
    expect(Object.keys(statuses(dir)).sort()).toEqual(taken);
  });

  test('what --since left out is new in the next run without it', async () => {
    const dir = workdir();
    threeAges(dir);
    await ingest(dir, '--since', '36h');
    expect(fates(await ingest(dir))).toEqual({ 'old.csv': 'loaded new', 'week.csv': 'loaded new' });
  });

  test('a failed file is a candidate whatever --since says', async () => {
    const dir = workdir();
    dir.write('data/broken.json', '[{"id":1},', daysAgo(30));
    expect((await ingest(dir)).code).toBe(3);
    const run = await ingest(dir, '--since', '36h');
    expect(fates(run)).toEqual({ 'broken.json': 'failed retry' });
    expect(dir.rows('SELECT attempts FROM _ingest_files')).toEqual([{ attempts: 2 }]);
  });

  test('--since last-run goes back to the last complete run, less an hour', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 1), daysAgo(9));
    await ingest(dir, '--since', 'last-run');
    expect(statuses(dir)).toEqual({ 'a.csv': 'loaded' });
    dir.write('data/old.csv', records(1, 1), daysAgo(5));
    dir.write('data/lately.csv', records(2, 1), new Date(Date.now() - 1_800_000));
    const run = await ingest(dir, '--since', 'last-run');
    expect(fates(run)).toEqual({ 'lately.csv': 'loaded new' });
    expect(run.summary.skipped).toBe(2);
  });

  test('--limit takes the first by --order; the rest is not seen and comes next time', async () => {
    const dir = workdir();
    threeAges(dir);
    const first = await ingest(dir, '--limit', '1', '--order', 'oldest');
    expect(fates(first)).toEqual({ 'old.csv': 'loaded new' });
    expect(first.summary.files.seen).toBe(1);
    expect(fates(await ingest(dir, '--limit', '1'))).toEqual({ 'today.csv': 'loaded new' });
    expect(fates(await ingest(dir))).toEqual({ 'week.csv': 'loaded new' });
  });

  test.each([
    ['newest', 'c.csv'],
    ['oldest', 'b.csv'],
    ['smallest', 'a.csv'],
    ['largest', 'b.csv'],
    ['path', 'a.csv'],
  ])('--order %s takes %s first', async (order, first) => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 1), daysAgo(2));
    dir.write('data/b.csv', records(10, 9), daysAgo(3));
    dir.write('data/c.csv', records(20, 5), daysAgo(1));
    expect(Object.keys(fates(await ingest(dir, '--order', order, '--limit', '1')))).toEqual([first]);
  });

  test('--force loads again what is unchanged, and the table stays the same', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    dir.write('data/copy.csv', records(0, 5));
    dir.write('data/overlap.csv', records(3, 5));
    await ingest(dir);
    const run = await ingest(dir, '--force');
    expect(run.summary.files.seen).toBe(3);
    expect(run.summary.files.unchanged).toBe(0);
    expect(run.summary.rows.inserted - run.summary.rows.removed).toBe(0);
    expect(count(dir)).toBe(8);
  });

  test('--checksum finds a change that size and mtime hide', async () => {
    const dir = workdir();
    const mtime = daysAgo(1);
    dir.write('data/a.csv', 'id,value\n1,2\n', mtime);
    dir.write('data/b.csv', 'id,value\n5,5\n', mtime);
    await ingest(dir);
    dir.write('data/b.csv', 'id,value\n6,6\n', mtime);
    expect((await ingest(dir)).summary.files.unchanged).toBe(2);
    expect(fates(await ingest(dir, '--checksum'))).toEqual({ 'b.csv': 'loaded changed' });
    expect(dir.rows('SELECT id FROM data ORDER BY id')).toEqual([{ id: 1 }, { id: 6 }]);
  });
});

describe('what becomes of a file by its settings', () => {
  test('touched: new mtime, same content, no rows move', async () => {
    const dir = workdir();
    const path = dir.write('data/a.csv', records(0, 5));
    await ingest(dir);
    utimesSync(path, daysAgo(3), daysAgo(3));
    const run = await ingest(dir);
    expect(run.summary).toMatchObject({ files: { touched: 1 }, rows: { inserted: 0, removed: 0 } });
    expect((await ingest(dir)).summary.files.unchanged).toBe(1);
  });

  test('a file that shares no column with its table fails with an entry to paste', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5), daysAgo(2));
    await ingest(dir);
    dir.write('data/other.csv', 'machine,state\nm1,up\n');
    const run = await ingest(dir);
    expect(run.code).toBe(3);
    expect(run.files).toMatchObject([
      { path: 'other.csv', outcome: 'failed', error: { code: 'unrelated_columns' } },
    ]);
    expect(run.files[0]?.error?.hint).toContain('before any other entry that matches it');
    expect(run.files[0]?.error?.hint).toContain('"match": "other.csv"');
    expect(dir.rows('SELECT * FROM data LIMIT 1')).not.toHaveProperty('0.machine');
  });

  test('types set anew load the files of the source again, with the reason settings', async () => {
    const dir = workdir();
    const config = (types: unknown) =>
      dir.write('ingest.config.json', JSON.stringify({ sources: [{ name: 'data', root: 'data', types }] }));
    dir.write('data/a.csv', 'id,value\n1,2\n');
    config('auto');
    await dir.ingest([]);
    config({ id: 'text' });
    const run = await dir.ingest(['--json']);
    expect(fates(run)).toEqual({ 'a.csv': 'loaded settings' });
    expect(dir.rows('SELECT id, value FROM data')).toEqual([{ id: '1', value: 2 }]);
    expect((await dir.ingest(['--json'])).summary.files.unchanged).toBe(1);
  });

  test('by key the newest file wins, the loser comes back when the winner goes, and no file is read for it', async () => {
    const dir = workdir();
    const key = ['--dedupe', 'key', '--key', 'id'];
    dir.write('data/old.csv', 'id,value\n1,old\n2,old\n', daysAgo(3));
    dir.write('data/new.csv', 'id,value\n1,new\n', daysAgo(1));
    await ingest(dir, ...key);
    expect(dir.rows('SELECT id, value FROM data ORDER BY id')).toEqual([
      { id: 1, value: 'new' },
      { id: 2, value: 'old' },
    ]);
    const size = Buffer.byteLength('id,value\n3,new\n');
    dir.write('data/new.csv', 'id,value\n3,new\n', daysAgo(1));
    dir.write('data/new.csv', 'id,value\n3,new\n', daysAgo(0.5));
    const run = await ingest(dir, ...key);
    expect(run.summary.bytesRead).toBe(size);
    expect(dir.rows('SELECT id, value FROM data ORDER BY id')).toEqual([
      { id: 1, value: 'old' },
      { id: 2, value: 'old' },
      { id: 3, value: 'new' },
    ]);
  });
});
