import { renameSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { count, day, daysAgo, ingest, outcomes, records, statuses } from './fates.ts';

describe('shrunk', () => {
  test('a file with under half its records is held, not read again, and loaded with --accept-shrink', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 20));
    await ingest(dir);
    dir.write('data/a.csv', records(0, 9));
    const held = await ingest(dir);
    expect({ code: held.code, outcomes: outcomes(held), rows: count(dir) }).toEqual({
      code: 3,
      outcomes: { 'a.csv': 'held' },
      rows: 20,
    });
    const again = await ingest(dir);
    expect({ code: again.code, read: again.summary.bytesRead }).toEqual({ code: 3, read: 0 });
    expect((await ingest(dir, '--accept-shrink')).code).toBe(0);
    expect({ rows: count(dir), statuses: statuses(dir) }).toEqual({
      rows: 9,
      statuses: { 'a.csv': 'loaded' },
    });
  });

  test('half is not under half; none at all is', async () => {
    const dir = workdir();
    dir.write('data/half.csv', records(0, 20));
    dir.write('data/none.csv', records(50, 1));
    await ingest(dir);
    dir.write('data/half.csv', records(0, 10));
    dir.write('data/none.csv', 'id,value\n');
    expect(outcomes(await ingest(dir))).toEqual({ 'half.csv': 'loaded', 'none.csv': 'held' });
  });

  test('a held file is judged afresh when it changes', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 20));
    await ingest(dir);
    dir.write('data/a.csv', records(0, 2));
    await ingest(dir);
    dir.write('data/a.csv', records(0, 3));
    expect(outcomes(await ingest(dir))).toEqual({ 'a.csv': 'held' });
    dir.write('data/a.csv', records(0, 15));
    expect(outcomes(await ingest(dir))).toEqual({ 'a.csv': 'loaded' });
    expect(count(dir)).toBe(15);
  });

  test('a held file that is put back is in order again', async () => {
    const dir = workdir();
    const date = daysAgo(1);
    dir.write('data/a.csv', records(0, 20), date);
    await ingest(dir);
    dir.write('data/a.csv', records(0, 2));
    await ingest(dir);
    dir.write('data/a.csv', records(0, 20), date);
    expect((await ingest(dir)).code).toBe(0);
    expect(statuses(dir)).toEqual({ 'a.csv': 'loaded' });
  });

  test('a rotated log is not held: its old content stands under another name', async () => {
    const dir = workdir();
    dir.write('data/app.csv', records(0, 20));
    await ingest(dir);
    renameSync(dir.path('data/app.csv'), dir.path('data/app.1.csv'));
    dir.write('data/app.csv', records(20, 1));
    const run = await ingest(dir);
    expect(run.code).toBe(0);
    expect(count(dir)).toBe(21);
    expect((await ingest(dir)).summary.files.unchanged).toBe(2);
    expect(statuses(dir)).toEqual({ 'app.csv': 'loaded', 'app.1.csv': 'loaded' });
  });

  test.each([
    ['touched in the same run', [], daysAgo(1)],
    ['left out by --since', ['--since', '2d'], null],
  ] as const)('nor one whose copy is %s', async (_, args, touched) => {
    const dir = workdir();
    const log = records(0, 20);
    for (const name of ['app', 'app.1']) dir.write(`data/${name}.csv`, log, daysAgo(9));
    await ingest(dir);
    if (touched) utimesSync(dir.path('data/app.1.csv'), touched, touched);
    dir.write('data/app.csv', records(20, 1), daysAgo(1));
    expect((await ingest(dir, ...args)).code).toBe(0);
    expect(count(dir)).toBe(21);
    expect(statuses(dir)).toEqual({ 'app.csv': 'loaded', 'app.1.csv': 'loaded' });
  });
});

describe('still being written', () => {
  test('a young file that lies still over the settle time is loaded in the same run', async () => {
    const dir = workdir();
    dir.write('data/young.csv', records(0, 1), new Date());
    const run = await ingest(dir);
    expect(outcomes(run)).toEqual({ 'young.csv': 'loaded' });
    expect(run.summary.seconds).toBeGreaterThan(1.5);
  });

  test('a file dated in the future too, and it is unchanged in the next run', async () => {
    const dir = workdir();
    dir.write('data/future.csv', records(0, 1), new Date(Date.now() + 30 * day));
    expect(outcomes(await ingest(dir))).toEqual({ 'future.csv': 'loaded' });
    expect((await ingest(dir)).summary.files.unchanged).toBe(1);
  });

  test('temporary names are never seen', async () => {
    const dir = workdir();
    for (const name of ['a.csv.tmp', 'b.csv.part', 'c.csv.filepart', '~$d.csv', '.e.csv', '.hidden/f.csv']) {
      dir.write(`data/${name}`, records(0, 1));
    }
    dir.write('data/good.csv', records(1, 1));
    expect((await ingest(dir)).summary.files.seen).toBe(1);
  });
});
