import { describe, expect, test } from 'vitest';
import { type Run, workdir } from '../program.ts';

test('the first file by path decides what a new table is, whatever the order of files', async () => {
  for (const order of ['newest', 'oldest', 'largest']) {
    const dir = workdir();
    dir.write('in/c.csv', 'x,y\n1,2\n');
    dir.write('in/a.csv', 'lot,n\n1,2\n');
    dir.write('in/b.csv', `x,y\n${'1,2\n'.repeat(500)}`);
    const { files } = await dir.ingest(['in', '--json', '--order', order]);
    const outcomes = Object.fromEntries(
      files.map(({ path, outcome, error }) => [path, error?.code ?? outcome]),
    );
    expect(outcomes).toEqual({
      'a.csv': 'loaded',
      'b.csv': 'unrelated_columns',
      'c.csv': 'unrelated_columns',
    });
  }
});

test('a file of one column does not make one column of the next with the same first line', async () => {
  const dir = workdir();
  dir.write('in/a.csv', `id,value\n${'1\n'.repeat(50)}`);
  dir.write('in/b.csv', `id,value\n${'1,2\n'.repeat(50)}`);
  dir.write(
    'ingest.config.json',
    '{ "sources": [{ "name": "in", "root": "in", "tables": [{ "match": "a.csv", "table": "a" }] }] }',
  );
  await dir.ingest(['--workers', '0', '--order', 'path']);
  expect(dir.rows('SELECT DISTINCT id, value FROM "in"')).toEqual([{ id: 1, value: 2 }]);
});

describe('a file that stores no record', () => {
  const plant = 'ts,part,val\n1,x,2\n';
  const other = 'a,b\n1,2\n';
  const columns = "SELECT name FROM pragma_table_info('plant') WHERE name NOT LIKE '\\_%' ESCAPE '\\'";

  function fates({ files }: Run): Record<string, string> {
    return Object.fromEntries(files.map(({ path, outcome, error }) => [path, error?.code ?? outcome]));
  }

  for (const [what, text] of [
    ['nothing but rejects', 'a,b\n1,2,3\n'],
    ['nothing but a header', 'a,b\n'],
  ] as const) {
    test(`does not decide what a new table is: ${what}`, async () => {
      const dir = workdir();
      dir.write('in/1.csv', text);
      dir.write('in/2.csv', plant);
      dir.write('in/3.csv', other);
      const run = await dir.ingest(['in', '--table', 'plant', '--json']);
      expect(fates(run)).toEqual({ '1.csv': 'loaded', '2.csv': 'loaded', '3.csv': 'unrelated_columns' });
      expect(dir.rows(columns)).toEqual([{ name: 'ts' }, { name: 'part' }, { name: 'val' }]);
      expect(dir.rows('SELECT DISTINCT first_file_id AS file FROM _ingest_columns')).toEqual(
        dir.rows("SELECT file_id AS file FROM _ingest_files WHERE path = '2.csv'"),
      );
    });

    test(`adds no column to a table that has rows: ${what}`, async () => {
      const dir = workdir();
      dir.write('in/2.csv', plant);
      await dir.ingest(['in', '--table', 'plant']);
      dir.write('in/1.csv', text);
      const dry = await dir.ingest(['in', '--table', 'plant', '--json', '--dry-run']);
      const run = await dir.ingest(['in', '--table', 'plant', '--json']);
      expect(fates(run)).toEqual({ '1.csv': 'loaded' });
      expect(fates(dry)).toEqual(fates(run));
      expect(dir.rows(columns)).toEqual([{ name: 'ts' }, { name: 'part' }, { name: 'val' }]);
      dir.write('in/3.csv', other);
      const later = await dir.ingest(['in', '--table', 'plant', '--json']);
      expect(fates(later)).toEqual({ '3.csv': 'unrelated_columns' });
    });

    test(`makes no table: ${what}`, async () => {
      const dir = workdir();
      dir.write('in/1.csv', text);
      const run = await dir.ingest(['in', '--table', 'plant', '--json']);
      expect(fates(run)).toEqual({ '1.csv': 'loaded' });
      expect(dir.rows("SELECT name FROM sqlite_master WHERE name = 'plant'")).toEqual([]);
      expect(dir.rows('SELECT * FROM _ingest_columns')).toEqual([]);
      expect((await dir.ingest(['status'])).code).toBe(0);
      expect((await dir.ingest(['in', '--table', 'plant', '--json'])).summary.files.unchanged).toBe(1);
      dir.write('in/1.csv', `${other}`);
      await dir.ingest(['in', '--table', 'plant']);
      expect(dir.rows('SELECT a, b FROM plant')).toEqual([{ a: 1, b: 2 }]);
    });
  }

  test('leaves the name of its table to lists', async () => {
    const dir = workdir();
    const child = { patients: { root: 'p', children: { visits: 'visits' } }, visits: { root: 'v' } };
    const sources = Object.entries(child).map(([name, source]) => ({ name, ...source }));
    dir.write('ingest.config.json', JSON.stringify({ sources }));
    dir.write('p/a.json', '[{"id": 1, "visits": [{"day": 2}]}]');
    dir.write('v/a.csv', 'day\n');
    expect((await dir.ingest(['--json'])).code).toBe(0);
    expect((await dir.ingest(['--json', '--force', '--order', 'path'])).code).toBe(0);
    expect(dir.rows('SELECT day FROM visits')).toEqual([{ day: 2 }]);
  });
});

test('a table that has lost its rows is decided by the first file by path again', async () => {
  const dir = workdir();
  dir.write('in/0.csv', 'a,b\n1,2\n');
  await dir.ingest(['in']);
  dir.write('in/0.csv', 'a,b\n');
  await dir.ingest(['in', '--accept-shrink']);
  dir.write('in/1.csv', 'lot,n\n1,2\n');
  dir.write('in/2.csv', 'x,y\n1,2\n');
  const { files } = await dir.ingest(['in', '--json', '--order', 'newest']);
  const outcomes = Object.fromEntries(files.map(({ path, outcome }) => [path, outcome]));
  expect(outcomes).toEqual({ '1.csv': 'loaded', '2.csv': 'failed' });
});
