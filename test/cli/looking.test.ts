import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EffectiveConfig } from '../../src/config/effective.ts';
import type { Explanation } from '../../src/report/explainText.ts';
import { type Workdir, workdir } from '../program.ts';

/** The one line of JSON that a command prints. */
async function json<T>(dir: Workdir, ...args: string[]): Promise<T> {
  const { stdout, stderr, code } = await dir.ingest([...args, '--json']);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout) as T;
}

async function lines<T>(dir: Workdir, ...args: string[]): Promise<T[]> {
  return (await dir.ingest([...args, '--json'])).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function next(dir: Workdir, ...args: string[]): Promise<[string, string]> {
  const { next: found } = await json<Explanation>(dir, 'explain', ...args);
  return [found.action, found.why];
}

/** A source with a table per pattern, once loaded. */
async function loaded(): Promise<Workdir> {
  const dir = workdir();
  dir.write('share/a.csv', 'k,v\n1,x\n2,y\n');
  dir.write('share/b.csv', 'k,v\n2,y\n3,z\n');
  dir.write('share/copy.csv', 'k,v\n1,x\n2,y\n');
  dir.write('share/bad.csv', 'k,v\n1\n4,q\n');
  dir.write('share/notes.txt', 'k,v\n');
  dir.write('off/c.csv', 'k,v\n1,x\n');
  const off = { name: 'off', root: 'off', enabled: false };
  const source = { name: 'share', root: 'share', order: 'path', table: 'things', exclude: ['**/scratch/**'] };
  dir.write('ingest.config.json', `{ "workers": 0,\n  "sources": ${JSON.stringify([source, off])} }`);
  expect((await dir.ingest([])).code).toBe(3);
  return dir;
}

test('config names the value of every option and the place that says so', async () => {
  const dir = await loaded();
  const config = await json<EffectiveConfig>(dir, 'config', '--limit', '3');
  const option = (name: string) => config.options.find((one) => one.name === name);
  expect(config.configPath).toBe(dir.path('ingest.config.json'));
  expect(option('limit')).toEqual({ name: 'limit', value: 3, origin: 'flag', place: '--limit' });
  expect(option('workers')).toMatchObject({ value: 0, origin: 'file' });
  expect(option('workers')?.place).toBe(`${dir.path('ingest.config.json')}:1:14`);
  expect(option('order')).toEqual({ name: 'order', value: 'newest', origin: 'default', place: null });
  expect(config.sources.map(({ name, root }) => [name, root])).toEqual([['share', dir.path('share')]]);
  expect(config.disabled).toEqual([{ name: 'off', root: dir.path('off') }]);
  const { stdout } = await dir.ingest(['config'], { INGEST_LIMIT: '7' });
  expect(stdout).toMatch(/^limit +7 +INGEST_LIMIT$/m);
  expect(stdout).toMatch(/^off +\(disabled\) /m);
});

test('config shows what a run goes by where nothing is set', async () => {
  const dir = workdir();
  const { stdout } = await dir.ingest(['config', '--db', 'x.db']);
  expect(stdout).toMatch(/^workers +[1-8] +default$/m);
  expect(stdout).toMatch(/^concurrency +4, on a network 16 +default$/m);
  expect(stdout.replaceAll('\n', '')).toContain('x.db.cache');
  expect((await dir.ingest(['config', '--no-cache'])).stdout).toMatch(/^cache +- +default$/m);
});

test('config shows what only the config file can say, beside the sources', async () => {
  const dir = workdir();
  dir.write('ingest.config.json', '{ "batch": { "writer": "binds" } }');
  const { options } = await json<EffectiveConfig>(dir, 'config');
  const place = `${dir.path('ingest.config.json')}:1:24`;
  expect(options.slice(-4)).toEqual([
    { name: 'batch.rows', value: 50_000, origin: 'default', place: null },
    { name: 'batch.writer', value: 'binds', origin: 'file', place },
    { name: 'cache.maxBytes', value: '2GiB', origin: 'default', place: null },
    { name: 'cache.ttl', value: '90d', origin: 'default', place: null },
  ]);
});

test('config works without a config file and refuses what a run would refuse', async () => {
  const dir = workdir();
  expect((await dir.ingest(['config'])).stdout).toMatch(/^no config file\n/);
  expect((await dir.ingest(['config', '--limit', '0'])).code).toBe(2);
});

test('runs lists the last runs, newest first, with a bar for the rows they brought', async () => {
  const dir = await loaded();
  await dir.ingest([]);
  const { stdout } = await dir.ingest(['runs']);
  const [title, second, first] = stdout.split('\n');
  expect(title).toMatch(/^run +started \(UTC\) +took +exit +seen +loaded +failed +rows in$/);
  expect(second).toMatch(/^ +2 .* 0$/);
  expect(first).toMatch(/^ +1 .* 4 {2}█+$/);
  expect((await lines<{ runId: number }>(dir, 'runs', '--last', '1')).map(({ runId }) => runId)).toEqual([2]);
  expect(await dir.ingest(['runs', '--last', '0'])).toMatchObject({ code: 2, stdout: '' });
});

test('files --duplicates shows each original with its copies and the space they take', async () => {
  const dir = await loaded();
  expect(await lines(dir, 'files', '--duplicates')).toEqual([
    { type: 'duplicate', original: 'share/a.csv', size: 12, copies: ['share/copy.csv'], bytes: 12 },
  ]);
  const { stdout } = await dir.ingest(['files', '--duplicates']);
  expect(stdout).toContain('1       12 B  share/a.csv\n                   = share/copy.csv\n');
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('1 copy of 1 file, space that could be spared: 12 B');
  expect((await dir.ingest(['files', '--duplicates', 'a.csv'])).code).toBe(2);
});

test('status shows what each of the last runs loaded of a source', async () => {
  const dir = await loaded();
  await dir.ingest([]);
  expect((await dir.ingest(['status'])).stdout).toMatch(/^share .* █▁ /m);
});

test('explain finds a file by its path on disk, below its source, and with the name of its source', async () => {
  const dir = await loaded();
  for (const asked of ['share/a.csv', dir.path('share', 'a.csv'), 'a.csv', './share/../share/a.csv']) {
    expect((await json<Explanation>(dir, 'explain', asked)).file).toBe('share/a.csv');
  }
});

test('explain says which rows a file has, since when, and which it shares', async () => {
  const dir = await loaded();
  const a = await json<Explanation>(dir, 'explain', 'share/a.csv');
  expect(a).toMatchObject({ ledger: { status: 'loaded', runId: 1 }, rows: { table: 'things', count: 2 } });
  expect(dir.rows(a.rows?.query ?? '').map(({ k, v }) => [k, v])).toEqual([
    [1, 'x'],
    [2, 'y'],
  ]);
  const b = await json<Explanation>(dir, 'explain', 'share/b.csv');
  expect(b.rows).toMatchObject({ count: 1, shared: [{ file: 'share/a.csv', rows: 1 }] });
  expect(dir.rows(b.rows?.query ?? '').map(({ k }) => k)).toEqual([3]);
  const { stdout } = await dir.ingest(['explain', 'share/bad.csv', 'share/copy.csv']);
  expect(stdout).toContain('  in database yes: 1 row in table things\n');
  expect(stdout).toMatch(/^ {2}rejected {4}1 record \(\w+, first on line 2\): /m);
  expect(stdout).toContain('  in database yes, as a duplicate: a.csv has the same content\n');
});

test('explain of a path that was renamed says where its file is now, and where it was', async () => {
  const dir = await loaded();
  for (const [from, to] of [
    ['b.csv', 'b2.csv'],
    ['b2.csv', 'b3.csv'],
  ]) {
    renameSync(dir.path('share', from ?? ''), dir.path('share', to ?? ''));
    expect((await dir.ingest(['--json'])).summary.files.renamed).toBe(1);
  }
  for (const asked of ['share/b.csv', dir.path('share/b.csv'), 'b.csv']) {
    const { stdout } = await dir.ingest(['explain', asked]);
    expect(stdout).toMatch(
      /^share\/b\.csv\n {2}in database not by this path: it was renamed to b3\.csv, as run 2 /,
    );
  }
  expect((await json<Explanation>(dir, 'explain', 'share/b2.csv')).renamed).toMatchObject({
    to: 'b3.csv',
    runId: 3,
  });
  const now = await dir.ingest(['explain', 'share/b3.csv']);
  expect(now.stdout).toMatch(/^ {2}renamed {5}from b2\.csv by run 3 /m);
  dir.write('share/b.csv', 'k,v\n7,n\n');
  expect(await next(dir, 'share/b.csv')).toEqual(['read', 'it is new, and goes to table things']);
});

test('explain says of a file without rows that it is loaded', async () => {
  const dir = await loaded();
  dir.write('share/empty.csv', '');
  dir.write('share/head.csv', 'k,v\n');
  dir.write('share/rejects.csv', 'k,v\n1\n');
  await dir.ingest([]);
  const said = (await dir.ingest(['explain', 'empty.csv', 'head.csv', 'rejects.csv'])).stdout;
  expect(said.match(/^ {2}in database .*$/gm)).toEqual([
    '  in database yes: it is loaded, and holds no records',
    '  in database yes: it is loaded, and holds no records',
    '  in database yes: it is loaded, but none of its 1 record could be stored',
  ]);
});

test('explain counts the rows of child tables that a file brought', async () => {
  const dir = workdir();
  dir.write('p/a.json', '[{"id": 1, "stays": [{"day": 1, "tests": [{"x": 1}, {"x": 2}]}, {"day": 2}]}]');
  dir.write('p/b.json', '[{"id": 2, "stays": [{"day": 3}]}]');
  await dir.ingest(['p']);
  const { rows } = await json<Explanation>(dir, 'explain', 'p/a.json');
  expect(rows?.lists).toEqual([
    { table: 'p_stays', rows: 2 },
    { table: 'p_stays_tests', rows: 2 },
  ]);
  const { stdout } = await dir.ingest(['explain', 'p/b.json']);
  expect(stdout).toContain('  lists       1 row in table p_stays, 0 rows in table p_stays_tests\n');
});

test('explain says what the next run would do, and the next run does it', async () => {
  const dir = await loaded();
  expect(await next(dir, 'share/a.csv')).toEqual(['skip', expect.stringContaining('not opened')]);
  dir.write('share/a.csv', 'k,v\n1,x\n2,y\n5,w\n');
  expect(await next(dir, 'share/a.csv')).toEqual([
    'read',
    expect.stringContaining('it had 12 B and has 16 B'),
  ]);
  dir.write('share/new.csv', 'k,v\n9,n\n');
  expect(await next(dir, 'share/new.csv')).toEqual(['read', 'it is new, and goes to table things']);
  dir.write('share/young.csv', 'k,v\n8,n\n', new Date(Date.now() + 3_600_000));
  expect((await next(dir, 'share/young.csv'))[0]).toBe('wait');
  const { files } = await dir.ingest(['--json']);
  const fates = Object.fromEntries(files.map(({ path, outcome, reason }) => [path, [outcome, reason]]));
  expect(fates).toMatchObject({ 'a.csv': ['loaded', 'changed'], 'new.csv': ['loaded', 'new'] });
});

test.each([
  ['share/notes.txt', 'its ending names no format that is read in folders'],
  ['share/scratch/a.csv', 'a pattern of "exclude" leaves it out'],
  ['share/half.csv.part', 'it has a name of temporary files'],
  ['share/.git/a.csv', 'it, or a folder above it, is hidden: its name starts with a dot'],
  ['share/gone.csv', 'there is no such file'],
  ['off/c.csv', 'its source off is disabled'],
])('explain says why %s is in no run', async (path, why) => {
  expect(await next(await loaded(), path)).toEqual(['none', why]);
});

test('explain refuses a folder, and says where a file would have to lie', async () => {
  const dir = await loaded();
  expect(await dir.ingest(['explain', 'share'])).toMatchObject({ code: 2, stdout: '' });
  const [action, why] = await next(dir, '/elsewhere/a.csv');
  expect([action, why]).toEqual(['none', expect.stringContaining(`share (${dir.path('share')})`)]);
});

test('explain of a root from the command line takes the options of its last run for granted', async () => {
  const dir = workdir();
  dir.write('share/a.csv', 'k,v\n1,x\n');
  await dir.ingest(['share', '--table', 'other', '--workers', '0']);
  const { next: found } = await json<Explanation>(dir, 'explain', 'share/a.csv');
  expect(found).toMatchObject({ action: 'skip', assumed: 'the same root and options as in its last run' });
});
