import { renameSync, rmSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wrongsOf } from '../faults/soundness.ts';
import { type Run, type Workdir, workdir } from '../program.ts';

const day = 86_400_000;

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * day);
}

/** A CSV with the records `from … from + count - 1`. */
function records(from: number, count: number): string {
  const lines = ['id,value'];
  for (let i = from; i < from + count; i++) lines.push(`${i},${i}.5`);
  return `${lines.join('\n')}\n`;
}

/** Runs over the folder `data`, checks that the database is whole. */
async function ingest(dir: Workdir, ...args: string[]): Promise<Run> {
  const run = await dir.ingest(['data', '--json', ...args]);
  expect(wrongsOf(dir.db), run.stderr).toEqual([]);
  return run;
}

/** What became of each file of a run, but for the unchanged. */
function fates(run: Run): Record<string, string> {
  return Object.fromEntries(run.files.map((file) => [file.path, `${file.outcome} ${file.reason}`]));
}

function outcomes(run: Run): Record<string, string> {
  return Object.fromEntries(run.files.map((file) => [file.path, file.outcome]));
}

function statuses(dir: Workdir): Record<string, string> {
  const entries = dir.rows<{ path: string; status: string }>('SELECT path, status FROM _ingest_files');
  return Object.fromEntries(entries.map(({ path, status }) => [path, status]));
}

function count(dir: Workdir): number {
  return dir.rows<{ n: number }>('SELECT count(*) AS n FROM data')[0]?.n ?? -1;
}

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

describe('rejects', () => {
  const broken = (good: number, bad: number) => `${records(0, good)}${'1,2,3\n'.repeat(bad)}`;

  test('a few are stored and counted, and the file is loaded: exit 3', async () => {
    const dir = workdir();
    dir.write('data/a.csv', broken(20, 2));
    const run = await ingest(dir);
    expect(run.code).toBe(3);
    expect(run.summary.rows).toMatchObject({ parsed: 22, inserted: 20, rejected: 2 });
    expect(dir.rows('SELECT line, raw FROM _ingest_rejects')).toEqual([
      { line: 22, raw: '1,2,3' },
      { line: 23, raw: '1,2,3' },
    ]);
  });

  test.each([
    ['--strict', 'failed', broken(1000, 1)],
    ['--max-rejects 3', 'loaded', broken(20, 3)],
    ['--max-rejects 3', 'failed', broken(20, 4)],
    ['--max-rejects 10%', 'loaded', broken(180, 20)],
    ['--max-rejects 10%', 'failed', broken(180, 21)],
    ['--max-rejects 1%', 'loaded', broken(15, 10)],
    ['--max-rejects 1%', 'failed', broken(15, 11)],
  ])('%s: %s', async (options, outcome, content) => {
    const dir = workdir();
    dir.write('data/a.csv', content);
    const run = await ingest(dir, ...options.split(' '));
    expect(run.code).toBe(3);
    expect(outcomes(run)).toEqual({ 'a.csv': outcome });
    if (outcome === 'failed') expect(run.summary.rows.parsed).toBe(0);
  });

  test('a file that fails keeps its old rows, and its rejects go once it is mended', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 20));
    await ingest(dir);
    dir.write('data/a.csv', broken(25, 20));
    expect(outcomes(await ingest(dir))).toEqual({ 'a.csv': 'failed' });
    expect(count(dir)).toBe(20);
    expect(dir.rows('SELECT 1 FROM _ingest_rejects')).toHaveLength(20);
    dir.write('data/a.csv', records(0, 30));
    expect(fates(await ingest(dir))).toEqual({ 'a.csv': 'loaded retry' });
    expect(count(dir)).toBe(30);
    expect(dir.rows('SELECT 1 FROM _ingest_rejects')).toEqual([]);
  });
});

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

describe('deleted', () => {
  function folderOfThree(dir: Workdir, onDelete: string): void {
    const source = { name: 'data', root: 'data', onDelete };
    dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
    for (let i = 0; i < 3; i++) dir.write(`data/${i}.csv`, records(i * 10, 5));
  }

  async function configured(dir: Workdir, ...args: string[]): Promise<Run> {
    const run = await dir.ingest(['--json', ...args]);
    expect(wrongsOf(dir.db)).toEqual([]);
    return run;
  }

  test('after two complete scans missing; its rows stay; it comes back unchanged', async () => {
    const dir = workdir();
    folderOfThree(dir, 'keep');
    await configured(dir);
    renameSync(dir.path('data/0.csv'), dir.path('away.csv'));
    expect((await configured(dir)).summary.missing).toBe(0);
    expect((await configured(dir, '--source', 'data', '--limit', '9')).summary.files.seen).toBe(2);
    await configured(dir);
    expect(statuses(dir)['0.csv']).toBe('missing');
    expect(count(dir)).toBe(15);
    expect((await configured(dir)).code).toBe(0);
    renameSync(dir.path('away.csv'), dir.path('data/0.csv'));
    expect((await configured(dir)).summary.files.unchanged).toBe(3);
    expect(statuses(dir)['0.csv']).toBe('loaded');
  });

  test('with onDelete "remove" its rows go, but for those that another file holds', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    dir.write('data/overlap.csv', records(0, 2));
    await configured(dir);
    rmSync(dir.path('data/0.csv'));
    expect((await configured(dir)).summary.rows.removed).toBe(0);
    const run = await configured(dir);
    expect(run.summary).toMatchObject({ missing: 1, rows: { removed: 3 } });
    expect(count(dir)).toBe(12);
  });

  test('a removed file that comes back is loaded again', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    await configured(dir);
    renameSync(dir.path('data/0.csv'), dir.path('away.csv'));
    for (const _ of [1, 2]) await configured(dir);
    expect(count(dir)).toBe(10);
    renameSync(dir.path('away.csv'), dir.path('data/0.csv'));
    expect((await configured(dir)).summary.files.loaded).toBe(1);
    expect(count(dir)).toBe(15);
    expect(statuses(dir)['0.csv']).toBe('loaded');
  });

  test('a source that lost more than half of its files is not believed until --accept-shrink', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    await configured(dir);
    for (const i of [0, 1]) rmSync(dir.path(`data/${i}.csv`));
    for (const _ of [1, 2, 3]) {
      const run = await configured(dir);
      expect(run.code).toBe(4);
      expect(run.summary.warnings[0]?.hint).toContain('--accept-shrink');
    }
    expect(statuses(dir)).toEqual({ '0.csv': 'loaded', '1.csv': 'loaded', '2.csv': 'loaded' });
    for (const _ of [1, 2]) expect((await configured(dir, '--accept-shrink')).code).toBe(0);
    expect(statuses(dir)).toEqual({ '0.csv': 'missing', '1.csv': 'missing', '2.csv': 'loaded' });
    expect((await configured(dir)).code).toBe(0);
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
