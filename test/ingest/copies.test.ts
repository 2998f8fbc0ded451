import { renameSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { count, ingest, outcomes, records, statuses } from './fates.ts';

describe('renamed and copied', () => {
  test('a renamed file keeps its rows, and nothing is inserted', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    dir.write('data/stays.csv', records(10, 5));
    await ingest(dir);
    renameSync(dir.path('data/a.csv'), dir.path('data/b.csv'));
    const run = await ingest(dir);
    expect(run.files).toMatchObject([{ path: 'b.csv', outcome: 'renamed', renamedFrom: 'a.csv' }]);
    expect(run.summary.rows).toMatchObject({ inserted: 0, removed: 0 });
    expect(statuses(dir)).toEqual({ 'b.csv': 'loaded', 'stays.csv': 'loaded' });
  });

  test('also when it was missing for weeks', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    for (const name of ['x', 'y']) dir.write(`data/${name}.csv`, records(name.charCodeAt(0), 3));
    await ingest(dir);
    renameSync(dir.path('data/a.csv'), dir.path('away.csv'));
    for (const _ of [1, 2, 3]) await ingest(dir);
    expect(statuses(dir)['a.csv']).toBe('missing');
    renameSync(dir.path('away.csv'), dir.path('data/back.csv'));
    expect(outcomes(await ingest(dir))).toEqual({ 'back.csv': 'renamed' });
    expect(statuses(dir)).toEqual({ 'back.csv': 'loaded', 'x.csv': 'loaded', 'y.csv': 'loaded' });
  });

  test('several of one content are paired in path order; surplus new ones are duplicates', async () => {
    const dir = workdir();
    for (const name of ['a', 'b']) dir.write(`data/${name}.csv`, records(0, 5));
    for (let i = 0; i < 4; i++) dir.write(`data/stays${i}.csv`, records(10 + i * 5, 5));
    await ingest(dir);
    for (const name of ['a', 'b']) rmSync(dir.path(`data/${name}.csv`));
    for (const name of ['n1', 'n2', 'n3']) dir.write(`data/${name}.csv`, records(0, 5));
    const run = await ingest(dir);
    expect(outcomes(run)).toEqual({ 'n1.csv': 'renamed', 'n2.csv': 'renamed', 'n3.csv': 'duplicate' });
    const from = run.files.filter((file) => file.outcome === 'renamed').map((file) => file.renamedFrom);
    expect(from).toEqual(['a.csv', 'b.csv']);
    expect(count(dir)).toBe(25);
  });

  test('under a filter a new path is a duplicate, until a complete scan tells', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    dir.write('data/stays.csv', records(10, 5));
    await ingest(dir);
    renameSync(dir.path('data/a.csv'), dir.path('data/b.csv'));
    expect(outcomes(await ingest(dir, '--since', '2d'))).toEqual({ 'b.csv': 'duplicate' });
    expect(outcomes(await ingest(dir))).toEqual({ 'b.csv': 'renamed' });
    expect(statuses(dir)).toEqual({ 'b.csv': 'loaded', 'stays.csv': 'loaded' });
  });

  test('packed bytes are no copy of the same bytes under a name that does not say so', async () => {
    const dir = workdir();
    const packed = gzipSync('a,b\n1,2\n3,4\n');
    dir.write('data/log.gz', packed);
    dir.write('data/log.txt', 'a,b\n5,6\n');
    dir.write('data/log.dat', packed);
    const run = await dir.ingest(['data/*', '--json', '--table', 'logs']);
    expect(outcomes(run)).toMatchObject({ 'log.gz': 'loaded', 'log.txt': 'loaded' });
    expect(dir.rows('SELECT a FROM logs WHERE a IS NOT NULL ORDER BY a')).toEqual([
      { a: 1 },
      { a: 3 },
      { a: 5 },
    ]);
  });

  test('two files that swap their names', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    dir.write('data/b.csv', records(10, 5));
    await ingest(dir);
    renameSync(dir.path('data/a.csv'), dir.path('swap'));
    renameSync(dir.path('data/b.csv'), dir.path('data/a.csv'));
    renameSync(dir.path('swap'), dir.path('data/b.csv'));
    const run = await ingest(dir);
    expect(run.code).toBe(0);
    expect(count(dir)).toBe(10);
    expect((await ingest(dir)).summary.files.unchanged).toBe(2);
  });

  test('when the original of duplicates changes or goes, the duplicate with the smallest path has the rows', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 5));
    await ingest(dir);
    for (const name of ['b', 'c']) dir.write(`data/${name}.csv`, records(0, 5));
    expect(outcomes(await ingest(dir))).toEqual({ 'b.csv': 'duplicate', 'c.csv': 'duplicate' });
    dir.write('data/a.csv', records(100, 5));
    const run = await ingest(dir);
    expect(run.summary.rows).toMatchObject({ inserted: 5, removed: 0 });
    expect(statuses(dir)).toEqual({ 'a.csv': 'loaded', 'b.csv': 'loaded', 'c.csv': 'duplicate' });
    expect(dir.rows('SELECT path, original_path FROM duplicate_files')).toEqual([
      { path: 'c.csv', original_path: 'b.csv' },
    ]);
    expect(count(dir)).toBe(10);
  });

  test('rows that overlapping exports share stay until the last of them goes', async () => {
    const dir = workdir();
    dir.write('data/monday.csv', records(0, 10));
    dir.write('data/tuesday.csv', records(5, 10));
    const first = await ingest(dir);
    expect(first.summary.rows).toMatchObject({ parsed: 20, inserted: 15, deduplicated: 5 });
    expect(first.summary.warnings.map((warning) => warning.code)).toEqual(['many_duplicates']);
    dir.write('data/monday.csv', records(100, 10));
    await ingest(dir);
    expect(dir.rows('SELECT min(id) AS low, count(*) AS n FROM data WHERE id < 100')).toEqual([
      { low: 5, n: 10 },
    ]);
    dir.write('data/tuesday.csv', records(200, 10));
    await ingest(dir);
    expect(count(dir)).toBe(20);
  });
});
