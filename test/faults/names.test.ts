import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { wrongsOf } from './soundness.ts';

const onLinux = process.platform === 'linux';
const longest = `${'ä'.repeat(123)}.csv`;

describe.skipIf(!onLinux)('names that only Linux allows', () => {
  test.each([
    ['a newline', 'two\nlines.csv'],
    ['a carriage return and a tab', 'a\r\tb.csv'],
    ['quotes', `it's "quoted" \`so\`.csv`],
    ['an emoji', '🔬 void 🧪.csv'],
    ['a backslash', 'back\\slash.csv'],
    ['glob characters', 'a[1]{b,c}*?!(x).csv'],
    ['a percent sign and a hash', '100%25#frag?.csv'],
    ['an escape sequence', '\u001b[31mred.csv'],
    ['right-to-left marks', 'abc\u202Evsc.csv'],
    ['250 bytes', longest],
    ['a leading dash', '--force.csv'],
    ['a leading space and one at the end', ' a .csv'],
    ['SQL', "x'); DROP TABLE data; --.csv"],
  ])('%s: loaded under its own name, known again in the next run', async (_, name) => {
    const dir = workdir();
    dir.write(join('data', name), 'a,b\n1,2\n');
    dir.write(join('data', name.replace('.csv', '.d'), 'inner.csv'), 'a,b\n3,4\n');
    const { code, summary, files } = await dir.ingest(['data', '--json']);
    expect(code).toBe(0);
    expect(summary.files).toMatchObject({ seen: 2, loaded: 2 });
    expect(files.map((file) => file.path)).toContain(name);
    expect(dir.rows('SELECT path FROM _ingest_files')).toContainEqual({ path: name });
    const again = await dir.ingest(['data', '--json']);
    expect(again.summary.files).toMatchObject({ seen: 2, unchanged: 2 });
    for (const args of [['status'], ['files'], ['data', '-v', '--force']]) {
      const { code, stdout } = await dir.ingest(args);
      expect(code).toBe(0);
      expect(stdout).not.toMatch(/\u001b\[31m|\u202E/);
    }
  });

  test('NFC and NFD twins are two files', async () => {
    const dir = workdir();
    const name = 'Müller.csv';
    dir.write(join('data', name.normalize('NFC')), 'a,b\n1,2\n');
    dir.write(join('data', name.normalize('NFD')), 'a,b\n3,4\n');
    const { summary } = await dir.ingest(['data', '--json']);
    expect(summary.files).toMatchObject({ seen: 2, loaded: 2 });
    expect((await dir.ingest(['data', '--json'])).summary.files.unchanged).toBe(2);
  });

  test('names that differ in case only are two files', async () => {
    const dir = workdir();
    dir.write('data/a.csv', 'a,b\n1,2\n');
    dir.write('data/A.CSV', 'a,b\n3,4\n');
    expect((await dir.ingest(['data', '--json'])).summary.files).toMatchObject({ seen: 2, loaded: 2 });
  });

  test('bytes that are not UTF-8: each file failed with its bytes in hex, in every run, the others loaded', async () => {
    const dir = workdir();
    dir.write('data/good.csv', 'a,b\n1,2\n');
    const folder = Buffer.from(`${dir.path('data')}/`);
    for (const bytes of [[0xe9], [0xff, 0xfe], [0xe8]]) {
      const path = Buffer.concat([folder, Buffer.from('caf'), Buffer.from(bytes), Buffer.from('.csv')]);
      writeFileSync(path, 'a,b\n3,4\n');
      utimesSync(path, 1_700_000_000, 1_700_000_000);
    }
    for (const attempts of [1, 2]) {
      const run = await dir.ingest(['data', '--json']);
      expect(run.code).toBe(3);
      expect(run.summary.files).toMatchObject({ seen: 4, failed: 3 });
      const failed = dir.rows<{ path: string }>(
        `SELECT path FROM _ingest_files WHERE status = 'failed' AND error_code = 'name_not_utf8' AND attempts = ${attempts}`,
      );
      expect(failed.map(({ path }) => path).sort()).toEqual([
        'caf\\xe8.csv',
        'caf\\xe9.csv',
        'caf\\xff\\xfe.csv',
      ]);
    }
    expect(dir.rows('SELECT a, b FROM data')).toEqual([{ a: 1, b: 2 }]);
  });

  test('a folder whose name is not UTF-8 has its files failed, never skipped', async () => {
    const dir = workdir();
    dir.write('data/good.csv', 'a,b\n1,2\n');
    const folder = Buffer.concat([Buffer.from(`${dir.path('data')}/d`), Buffer.from([0xe9])]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/inner.csv')]), 'a,b\n3,4\n');
    const run = await dir.ingest(['data', '--json']);
    expect(run.code).toBe(3);
    expect(run.summary.files).toMatchObject({ seen: 2, loaded: 1, failed: 1 });
    expect(run.files.map((file) => file.path)).toContain('d\\xe9/inner.csv');
  });

  test('a name with the hex form of another is not taken for it', async () => {
    const dir = workdir();
    dir.write('data/caf\\xe9.csv', 'a,b\n1,2\n');
    const path = Buffer.concat([
      Buffer.from(`${dir.path('data')}/caf`),
      Buffer.from([0xe9]),
      Buffer.from('.csv'),
    ]);
    writeFileSync(path, 'a,b\n3,4\n');
    for (const _ of [1, 2]) {
      const run = await dir.ingest(['data', '--json']);
      expect(run.code).toBe(3);
      expect(run.summary.files).toMatchObject({ seen: 2, failed: 1 });
      expect(dir.rows('SELECT a, b FROM data')).toEqual([{ a: 1, b: 2 }]);
      expect(wrongsOf(dir.db)).toEqual([]);
    }
  });

  test('a FIFO, a device and a socket named like data are not opened and never block', async () => {
    const dir = workdir();
    dir.write('data/good.csv', 'a,b\n1,2\n');
    execFileSync('mkfifo', [dir.path('data/pipe.csv')]);
    symlinkSync('/dev/zero', dir.path('data/zero.csv'));
    const run = await dir.ingest(['data', '--json']);
    expect(run.code).toBe(0);
    expect(run.summary.files).toMatchObject({ seen: 1, loaded: 1 });
  }, 20_000);

  test('a FIFO given as root never blocks', async () => {
    const dir = workdir();
    mkdirSync(dir.path('data'));
    execFileSync('mkfifo', [dir.path('data/pipe.csv')]);
    const { signalAll, done } = dir.start(['data/pipe.csv', '--json']);
    const timer = setTimeout(() => signalAll('SIGKILL'), 10_000);
    const run = await done;
    clearTimeout(timer);
    expect(run.signal).toBe(null);
  }, 20_000);
});

test('a root may be a symbolic link, to a folder or to a file', async () => {
  const dir = workdir();
  dir.write('there/a.csv', 'k\n1\n');
  symlinkSync('there', dir.path('folder'), 'dir');
  symlinkSync('there/a.csv', dir.path('latest.csv'));
  for (const root of ['folder', 'latest.csv']) {
    const run = await dir.ingest([root, '--json', '--table', 't', '--db', dir.path(`${root}.db`)]);
    expect([run.code, run.summary.rows.inserted, run.summary.warnings]).toEqual([0, 1, []]);
  }
});

test('loops of symbolic links end, each file is seen once, and a warning names a link', async () => {
  const dir = workdir();
  dir.write('data/a/good.csv', 'a,b\n1,2\n');
  symlinkSync('..', dir.path('data/a/up'), 'dir');
  symlinkSync('.', dir.path('data/self'), 'dir');
  symlinkSync('loop2', dir.path('data/loop1'));
  symlinkSync('loop1', dir.path('data/loop2'));
  symlinkSync('nowhere.csv', dir.path('data/dangling.csv'));
  const run = await dir.ingest(['data', '--json']);
  expect(run.code).toBe(0);
  expect(run.summary.files).toMatchObject({ seen: 1, loaded: 1 });
  expect(run.summary.warnings.map((warning) => warning.code)).toEqual(['links_not_followed']);
}, 20_000);

test('a folder named like a file is a folder', async () => {
  const dir = workdir();
  dir.write('data/x.csv/y.csv', 'a,b\n1,2\n');
  const run = await dir.ingest(['data', '--json']);
  expect(run.code).toBe(0);
  expect(run.files.map((file) => file.path)).toEqual(['x.csv/y.csv']);
});
