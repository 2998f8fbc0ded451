import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { broken, good, ragged } from './share.ts';

describe('the exit code', () => {
  test('is 0 when all is done, also when nothing was new', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    expect((await dir.ingest(['share'])).code).toBe(0);
    const { code, stdout } = await dir.ingest(['share']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 file unchanged, 0 bytes read/);
  });

  test.each([
    [[], {}, 'nothing to ingest'],
    [['share', '--sinc', '7d'], {}, 'Did you mean --since?'],
    [['share', '--order', 'newst'], {}, 'did you mean "newest"?'],
    [['share', '--since', 'soon'], {}, '"soon" is not a time'],
    [['share', '--source', 'share'], {}, '--source'],
    [['share', '--table', '_ingest_files'], {}, 'name another table'],
    [['share', '--dedupe', 'key'], {}, '--key'],
    [['share', '-q', '-v'], {}, 'contradict'],
    [['share', '--config', 'none.json'], {}, 'none.json'],
    [['share'], { INGEST_LIMIT: 'x' }, 'INGEST_LIMIT'],
  ] as [string[], Record<string, string>, string][])(
    'is 2 for ingest %j %j, and nothing is touched',
    async (args, env, told) => {
      const dir = workdir();
      dir.write('share/a.csv', good);
      const { code, stdout, stderr } = await dir.ingest(args, env);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(told);
      expect(stderr).toContain('to do: ');
      expect(readdirSync(dir.root)).toEqual(['share']);
    },
  );

  test('is 2 for a config file with a word that is not known, naming the place and the nearest word', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    dir.write('ingest.config.json', '{\n  "sources": [{ "name": "share", "rooot": "share" }]\n}');
    const { code, stderr } = await dir.ingest([]);
    expect(code).toBe(2);
    for (const told of ['ingest.config.json:2:34', 'unknown key', 'rooot', '"root"'])
      expect(stderr).toContain(told);
    expect(readdirSync(dir.root).sort()).toEqual(['ingest.config.json', 'share']);
  });

  test.each([
    ['a folder', (dir: Workdir) => mkdirSync(dir.path('target'))],
    ['no SQLite file', (dir: Workdir) => dir.write('target', 'hello '.repeat(100))],
  ])('is not 0 for a database that is %s, and nothing stays behind', async (_, make) => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    make(dir);
    const { code, stderr } = await dir.ingest(['share', '--db', 'target']);
    expect([1, 2]).toContain(code);
    expect(stderr).toContain('--db');
    expect(existsSync(dir.path('target.tmp'))).toBe(false);
  });

  test.each([
    ['a file failed', { 'b.json': broken }],
    ['a record was rejected', { 'b.csv': ragged }],
  ])('is 3 when %s; the others are loaded', async (_, extra) => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    for (const [path, text] of Object.entries(extra)) dir.write(`share/${path}`, text);
    const { code, summary } = await dir.ingest(['share', '--json']);
    expect({ code, exitCode: summary.exitCode }).toEqual({ code: 3, exitCode: 3 });
    expect(dir.rows("SELECT count(*) AS n FROM share WHERE lot = '007'")).toEqual([{ n: 2 }]);
  });

  test('is 3 while a file is held, until it is accepted', async () => {
    const dir = workdir();
    dir.write('share/a.csv', `${good}007,3\n007,4\n007,5\n`);
    await dir.ingest(['share']);
    dir.write('share/a.csv', 'lot,board\n007,1\n');
    expect((await dir.ingest(['share', '--json'])).summary).toMatchObject({
      exitCode: 3,
      files: { held: 1 },
    });
    expect((await dir.ingest(['share'])).code).toBe(3);
    expect((await dir.ingest(['share', '--accept-shrink'])).code).toBe(0);
    expect((await dir.ingest(['share'])).code).toBe(0);
  });

  test('is 4 when a root is missing; the other root is done, and the ledger says nothing of it', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    const { code, summary } = await dir.ingest(['gone', 'share', '--json']);
    expect(code).toBe(4);
    expect(summary.sources.map(({ name, state, files }) => [name, state, files.loaded])).toEqual([
      ['gone', 'unreachable', 0],
      ['share', 'healthy', 1],
    ]);
    expect(dir.rows('SELECT source FROM _ingest_files')).toEqual([{ source: 'share' }]);
  });

  test('is 4 when a known source is suddenly empty; its rows and its ledger stay as they were', async () => {
    const dir = workdir();
    const configs = (root: string) => JSON.stringify({ sources: [{ name: 'share', root }] });
    for (const name of ['a', 'b', 'c']) dir.write(`share/${name}.csv`, `lot\n${name}\n`);
    dir.write('ingest.config.json', configs('share'));
    await dir.ingest([]);
    const before = dir.rows('SELECT * FROM _ingest_files');
    mkdirSync(dir.path('unmounted'));
    dir.write('ingest.config.json', configs('unmounted'));
    const { code, stdout } = await dir.ingest([]);
    expect(code).toBe(4);
    expect(stdout).toContain('--accept-shrink');
    expect(dir.rows('SELECT * FROM _ingest_files')).toEqual(before);
    expect(dir.rows('SELECT count(*) AS n FROM share')).toEqual([{ n: 3 }]);
  });

  test('is 11 while another run holds the database, which is not touched', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    dir.write('share/young.csv', good, new Date());
    dir.write('ingest.config.json', '{ "sources": [{ "name": "share", "root": "share", "settle": "10m" }] }');
    const first = dir.start(['--json']);
    // The old file is loaded at once; then the run waits for the young one, until it is ended here.
    await new Promise((resolve) => first.child.stdout?.once('data', resolve));
    const second = await dir.ingest(['--json']);
    expect(second).toMatchObject({ code: 11, stdout: '' });
    expect(second.stderr).toContain(dir.db);
    expect((await dir.ingest(['--dry-run'])).code).toBe(11);
    expect((await dir.ingest(['status'])).code).toBe(0);
    expect((await dir.ingest(['files'])).code).toBe(0);
    first.child.kill('SIGTERM');
    expect((await first.done).code).toBe(143);
    expect(dir.rows('SELECT run_id, exit_code FROM _ingest_runs')).toEqual([{ run_id: 1, exit_code: 143 }]);
  });
});

describe('the name of a root', () => {
  test('must not stand for two folders on one command line: exit 2 naming both', async () => {
    const dir = workdir();
    const roots = [dir.write('one/share/a.csv', good), dir.write('two/share/a.csv', good)];
    for (const args of [['one/share', 'two/share'], roots, ['one/share', 'two/share/*.csv']]) {
      const { code, stderr } = await dir.ingest(args);
      expect(code).toBe(2);
      expect(stderr).toContain(dir.path('one/share'));
      expect(stderr).toContain(dir.path('two/share'));
    }
    expect(existsSync(dir.db)).toBe(false);
  });

  test('must not stand for another folder than in the database: exit 2 naming both', async () => {
    const dir = workdir();
    dir.write('one/share/a.csv', good);
    dir.write('two/share/b.csv', good);
    await dir.ingest(['one/share']);
    const { code, stderr } = await dir.ingest(['two/share']);
    expect(code).toBe(2);
    expect(stderr).toContain(dir.path('one/share'));
    expect(stderr).toContain(dir.path('two/share'));
    expect(dir.rows('SELECT path FROM _ingest_files')).toEqual([{ path: 'a.csv' }]);
    expect(dir.rows('SELECT run_id FROM _ingest_runs')).toEqual([{ run_id: 1 }]);
  });

  test('of a file is that of its folder, so that file, glob and folder mean the same file', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    await dir.ingest(['share/a.csv']);
    for (const root of ['share', 'share/*.csv', 'share/a.csv', './share/']) {
      const { summary } = await dir.ingest([root, '--json']);
      expect([root, summary.files.seen, summary.files.unchanged]).toEqual([root, 1, 1]);
    }
    expect(dir.rows('SELECT source, path, table_name FROM _ingest_files')).toEqual([
      { source: 'share', path: 'a.csv', table_name: 'share' },
    ]);
  });
});
