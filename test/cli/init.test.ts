import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { workdir } from '../program.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));

test.each([
  ['xray', ['lot', 'voids']],
  ['processes', ['data']],
  ['media', ['data']],
  ['lineage', ['columns', 'edges', 'tables']],
  ['clinical', ['patients', 'patients_encounters', 'patients_encounters_observations']],
])('the config that is written for the plant %s loads it whole', async (plant, tables) => {
  const dir = workdir();
  dir.copy(`${fixtures}/${plant}/data`, 'data');
  expect(await dir.ingest(['init', 'data'])).toMatchObject({ code: 0, stderr: '' });
  const { code, summary } = await dir.ingest(['--json', '--workers', '0']);
  expect([code, summary.warnings]).toEqual([0, []]);
  expect(summary.files.loaded).toBe(summary.files.seen);
  const made = dir.rows('SELECT DISTINCT table_name AS name FROM _ingest_columns ORDER BY 1');
  expect(made.map(({ name }) => name)).toEqual(tables);
});

test('what stands only in the path becomes columns', async () => {
  const dir = workdir();
  dir.copy(`${fixtures}/xray/data`, 'xray');
  await dir.ingest(['init', 'xray']);
  await dir.ingest(['--workers', '0']);
  const [first] = dir.rows('SELECT xr, day FROM voids ORDER BY 1, 2');
  expect(first).toEqual({ xr: 'xr-01', day: '2026-03-02' });
});

test('it is commented and names its schema, what was found, and how', async () => {
  const dir = workdir();
  dir.write('share/1_a.csv', 'k,v\n1,x\n');
  dir.write('share/2_a.csv', 'k,v\n2,x\n');
  dir.write('share/b.json', '[{"n": 1}]');
  const { stdout } = await dir.ingest(['init', 'share']);
  expect(stdout).toContain('is written: 3 files');
  const text = readFileSync(dir.path('ingest.config.json'), 'utf8');
  expect(text).toMatch(/\/\/ 2 files, 16 B: csv, .*delimiter ",".*; 2 columns: k, v\n/);
  expect(text).toContain('{ "match": "**/*_a.csv", "table": "a" }');
  expect(text).toContain('{ "match": "**/b.json", "table": "b" }');
  const [, schema = ''] = /"\$schema": "(.*)"/.exec(text) ?? [];
  expect(JSON.parse(readFileSync(fileURLToPath(schema), 'utf8'))).toHaveProperty('properties.sources');
});

test('whatever the names are, the config runs', async () => {
  const dir = workdir();
  const names = ['a"b\\c', 'line\nend', '{x}', '[1]', 'sqlite_x', '_ingest_files', 'ü ü', '-', '*/y'];
  names.forEach((name, i) => {
    dir.write(`share/${name}.csv`, `c,d\n${i},2\n`);
  });
  expect((await dir.ingest(['init', 'share'])).code).toBe(0);
  const { code, summary, stderr } = await dir.ingest(['--json', '--workers', '0']);
  expect([code, stderr]).toEqual([0, '']);
  expect(summary.files.loaded).toBe(names.length);
});

test('one chance name makes no rule for all files', async () => {
  const dir = workdir();
  dir.write('share/oven/17.csv', 'lot,void\n1,2\n');
  dir.write('share/1_lot.csv', 'lot,void\n1,3\n');
  dir.write('share/2_lot.csv', 'lot,void\n1,4\n');
  await dir.ingest(['init', 'share']);
  const text = readFileSync(dir.path('ingest.config.json'), 'utf8');
  expect(text.match(/^ +\{ "match".*\}/gm)?.map((line) => line.trim())).toEqual([
    '{ "match": "oven/17.csv", "table": "lot" }',
    '{ "match": "**/*_lot.csv", "table": "lot" }',
  ]);
  dir.write('share/2026.csv', 'x,y\n1,2\n');
  await dir.ingest(['--workers', '0']);
  expect(dir.rows('SELECT x, y FROM share')).toEqual([{ x: 1, y: 2 }]);
  expect(dir.rows('SELECT void FROM lot ORDER BY 1')).toEqual([{ void: 2 }, { void: 3 }, { void: 4 }]);
  const alone = workdir();
  alone.write('share/17.csv', 'lot,void\n1,2\n');
  await alone.ingest(['init', 'share']);
  expect(readFileSync(alone.path('ingest.config.json'), 'utf8')).not.toContain('"match"');
});

test('it names the child tables that lists of objects go to', async () => {
  const dir = workdir();
  dir.write('share/people.json', '[{"id": 1, "stays": [{"day": 1, "tests": [{"x": 1}]}]}]');
  await dir.ingest(['init', 'share']);
  const text = readFileSync(dir.path('ingest.config.json'), 'utf8');
  expect(text).toContain('; its lists go to 2 child tables: people_stays, people_stays_tests\n');
});

test('an empty root gets a config without rules', async () => {
  const dir = workdir();
  dir.write('share/readme.md', '');
  expect((await dir.ingest(['init', 'share'])).code).toBe(0);
  expect((await dir.ingest([])).code).toBe(0);
});

test('it never writes over a config, and names the way out', async () => {
  const dir = workdir();
  dir.write('share/a.csv', 'k\n1\n');
  dir.write('ingest.config.json', '{}');
  const { code, stderr } = await dir.ingest(['init', 'share']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--config')]);
  expect(readFileSync(dir.path('ingest.config.json'), 'utf8')).toBe('{}');
  expect((await dir.ingest(['init', 'share', '--config', 'other.json'])).code).toBe(0);
  expect((await dir.ingest(['init', 'nowhere', '--config', 'third.json'])).code).toBe(4);
});
