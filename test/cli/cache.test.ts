import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CacheCounts, Summary } from '../../src/domain/event.ts';
import { canMount } from '../faults/mounting.ts';
import { contentOf } from '../faults/soundness.ts';
import { largeCsv } from '../faults/workload.ts';
import { type Workdir, workdir } from '../program.ts';

const files = 12;

/** Files of several kinds, with a reject, a preamble, a warning and a list of objects. */
function writeShare(dir: Workdir): void {
  for (let i = 0; i < files; i++)
    dir.write(`share/${i}.csv`, `lot,void_pct\nL${i},${i}.5\nL${i}-b,"${i},0"\n`);
  dir.write('share/rejects.csv', `lot,void_pct\n${'L,1\n'.repeat(12)}L,2,3\n`);
  dir.write('share/preamble.csv', 'Machine: XR-01\nDate: 2026-03-02\n\nlot,void_pct\nLP,7\n');
  dir.write('share/names.csv', 'lot,lot,\nLN,1,2\n');
  dir.write('share/parts.json', '[{"lot":"LJ","parts":[{"pin":1},{"pin":2}]},{"lot":"LK","parts":[]}]');
}

async function load(dir: Workdir, db: string, ...args: string[]): Promise<Summary> {
  const run = await dir.ingest(['share', '--db', db, '--cache', 'kept', '--json', '-q', ...args]);
  expect([0, 3], run.stderr).toContain(run.code);
  return run.summary;
}

/** All that a database says of its files, with rejects, preambles and child rows. */
function said(dir: Workdir, db: string): object {
  const connection = new Database(dir.path(db), { readonly: true });
  try {
    const all = (sql: string) => connection.prepare(sql).all();
    return {
      content: contentOf(dir.path(db)),
      rejects: all(
        `SELECT path, line, byte_offset, column_name, code, message, raw FROM _ingest_rejects
         JOIN _ingest_files USING (file_id) ORDER BY path, line`,
      ),
      preambles: all(
        'SELECT path, key, value FROM _ingest_preamble JOIN _ingest_files USING (file_id) ORDER BY path, key',
      ),
      children: all(
        'SELECT lot, pin, _index FROM share_parts JOIN share ON share._id = _parent_id ORDER BY lot, pin',
      ),
    };
  } finally {
    connection.close();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds() && Date.now() < end; ) await sleep(5);
  expect(holds()).toBe(true);
}

const canTrace =
  spawnSync('strace', ['-f', '-qq', '--seccomp-bpf', '-e', 'trace=openat', '-o', '/dev/null', 'true'])
    .status === 0;

describe('a database made from the cache', () => {
  test('equals the one made from the files, with rejects, preambles, warnings and child tables', async () => {
    const dir = workdir();
    writeShare(dir);
    const cold = await load(dir, 'cold.db');
    expect(cold.cache).toMatchObject({ hits: 0, misses: files + 4 });
    const warm = await load(dir, 'warm.db');
    expect(warm).toMatchObject({
      bytesRead: 0,
      cache: { hits: files + 4, misses: 0, bytesSaved: cold.bytesRead },
    });
    expect(warm.cache.secondsSaved).toBeGreaterThan(0);
    expect(said(dir, 'warm.db')).toEqual(said(dir, 'cold.db'));
    expect([warm.rows, warm.files, warm.exitCode]).toEqual([cold.rows, cold.files, cold.exitCode]);
    expect(warm.warnings).toEqual(cold.warnings);
    expect(cold.warnings).not.toEqual([]);
  });

  test.skipIf(!canTrace)('opens no file of the share (needs strace)', async () => {
    const dir = workdir();
    writeShare(dir);
    await load(dir, 'cold.db');
    const log = dir.path('trace');
    const program = [process.execPath, 'bin/ingest.js', dir.path('share'), '--db', dir.path('warm.db'), '-q'];
    const { status } = spawnSync(
      'strace',
      [
        '-f',
        '-qq',
        '--seccomp-bpf',
        '-s',
        '4096',
        '-e',
        'trace=openat,open',
        '-o',
        log,
        ...program,
        '--cache',
        dir.path('kept'),
      ],
      { env: { PATH: process.env.PATH } },
    );
    expect(status).toBe(3);
    const opened = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"${dir.path('share')}`) && !line.includes('O_DIRECTORY'));
    expect(opened).toEqual([]);
    expect(said(dir, 'warm.db')).toEqual(said(dir, 'cold.db'));
  });

  test('may know its rows in another way: row, none, and back', async () => {
    const dir = workdir();
    for (let i = 0; i < 5; i++) dir.write(`share/${i}.csv`, `lot,x\nsame,1\nL${i},2\n`);
    expect((await load(dir, 'row.db')).rows).toMatchObject({ inserted: 6, deduplicated: 4 });
    const none = await load(dir, 'none.db', '--dedupe', 'none');
    expect(none).toMatchObject({ rows: { inserted: 10 }, cache: { hits: 5 }, bytesRead: 0 });
    const again = await load(dir, 'none.db', '--dedupe', 'row');
    expect(again).toMatchObject({
      files: { loaded: 5 },
      rows: { inserted: 6 },
      cache: { hits: 5 },
      bytesRead: 0,
    });
  });

  test('by key equals the one made from the files; another key is another parse', async () => {
    const dir = workdir();
    for (let i = 0; i < 5; i++) dir.write(`share/${i}.csv`, `lot,x\nsame,${i}\nL${i},2\n,3\n`);
    const byLot = ['--dedupe', 'key', '--key', 'lot'];
    await load(dir, 'cold.db', ...byLot);
    expect((await load(dir, 'warm.db', ...byLot)).cache).toMatchObject({ hits: 5, misses: 0 });
    expect(contentOf(dir.path('warm.db'))).toEqual(contentOf(dir.path('cold.db')));
    expect((await load(dir, 'other.db', '--dedupe', 'key', '--key', 'x')).cache).toMatchObject({ hits: 0 });
  });

  test('fills columns from paths by each path, not by the content', async () => {
    const dir = workdir();
    dir.write(
      'ingest.config.json',
      JSON.stringify({
        sources: [{ name: 's', root: 'share', pathColumns: '{machine}/*.csv' }],
        cache: { path: 'kept' },
      }),
    );
    for (const machine of ['xr-01', 'xr-02']) dir.write(`share/${machine}/a.csv`, 'lot\nL1\n');
    await dir.ingest(['--db', 'cold.db']);
    const { summary } = await dir.ingest(['--json', '-q']);
    expect(summary.cache).toMatchObject({ hits: 2, misses: 0 });
    expect(dir.rows('SELECT machine, lot FROM s ORDER BY 1')).toEqual([
      { machine: 'xr-01', lot: 'L1' },
      { machine: 'xr-02', lot: 'L1' },
    ]);
    dir.copy(dir.path('share/xr-01'), 'share/xr-03');
    const copied = await dir.ingest(['--json', '-q']);
    expect(copied.summary.cache).toMatchObject({ hits: 0, misses: 1 });
    expect(dir.rows("SELECT lot FROM s WHERE machine = 'xr-03'")).toEqual([{ lot: 'L1' }]);
  });
});

describe('the same content elsewhere', () => {
  test.each([
    ['small', 'a.csv', largeCsv(20_000)],
    ['large', 'a.csv', largeCsv(9_000_000)],
    ['compressed', 'a.csv.gz', gzipSync(largeCsv(20_000))],
  ])('is read, but not parsed again: a %s file', async (_, name, content) => {
    const dir = workdir();
    dir.write(`share/${name}`, content);
    await load(dir, 'cold.db');
    dir.write(`elsewhere/b-${name}`, content);
    const run = await dir.ingest([
      'elsewhere',
      '--db',
      'warm.db',
      '--table',
      'share',
      '--cache',
      'kept',
      '--json',
      '-q',
    ]);
    expect(run.summary).toMatchObject({
      bytesRead: content.length,
      cache: { hits: 1, misses: 0, bytesSaved: 0 },
    });
    expect(contentOf(dir.path('warm.db')).tables).toEqual(contentOf(dir.path('cold.db')).tables);
    const known = await dir.ingest(['elsewhere', '--db', 'third.db', '--cache', 'kept', '--json', '-q']);
    expect(known.summary).toMatchObject({ bytesRead: 0, cache: { hits: 1 } });
  });
});

test('--force parses again, --checksum reads again', async () => {
  const dir = workdir();
  writeShare(dir);
  const { bytesRead } = await load(dir, 'a.db');
  expect((await load(dir, 'b.db', '--force')).cache).toMatchObject({ hits: 0, misses: files + 4 });
  const checked = await load(dir, 'c.db', '--checksum');
  expect(checked).toMatchObject({ bytesRead, cache: { hits: files + 4, misses: 0, bytesSaved: 0 } });
});

test('a file that fails for its rejects is not read again, as its content is known', async () => {
  const dir = workdir();
  dir.write('share/bad.csv', `a,b\n${'1\n'.repeat(30)}`);
  expect(await load(dir, 'a.db')).toMatchObject({ files: { failed: 1 }, cache: { misses: 1 } });
  expect(await load(dir, 'a.db')).toMatchObject({ files: { failed: 1 }, cache: { hits: 1 }, bytesRead: 0 });
  const accepted = await load(dir, 'a.db', '--max-rejects', '100%');
  expect(accepted).toMatchObject({ rows: { rejected: 30 }, bytesRead: 0 });
});

test('a dry run counts as the run will, and leaves no trace', async () => {
  const dir = workdir();
  writeShare(dir);
  await load(dir, 'cold.db');
  const before = imprint(dir.path('kept'));
  const dry = await load(dir, 'warm.db', '--dry-run');
  expect(imprint(dir.path('kept'))).toEqual(before);
  expect(existsSync(dir.path('warm.db'))).toBe(false);
  const wet = await load(dir, 'warm.db');
  const plain = ({ hits, misses, bytesSaved }: CacheCounts) => ({ hits, misses, bytesSaved });
  expect(plain(dry.cache)).toEqual(plain(wet.cache));
  expect([dry.files, dry.rows, dry.exitCode]).toEqual([wet.files, wet.rows, wet.exitCode]);
  const nothing = await dir.ingest(['share', '--cache', 'none', '--dry-run', '-q']);
  expect(nothing.code).toBe(3);
  expect(existsSync(dir.path('none'))).toBe(false);
});

function imprint(folder: string): string[] {
  const names = readdirSync(folder).sort();
  return names.map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64').length}`);
}

test('--no-cache makes none, and the default lies beside the database', async () => {
  const dir = workdir();
  writeShare(dir);
  await dir.ingest(['share', '-q', '--no-cache']);
  expect(existsSync(`${dir.db}.cache`)).toBe(false);
  await dir.ingest(['share', '-q', '--force']);
  expect(readdirSync(`${dir.db}.cache`)).toContain('ingest-cache.db');
});

describe('--cache-stats', () => {
  test('tells of an empty cache, and of a full one', async () => {
    const dir = workdir();
    writeShare(dir);
    await dir.ingest(['share', '--no-cache', '--limit', '1']);
    const empty = await dir.ingest(['--cache-stats']);
    expect([empty.code, empty.stdout]).toEqual([
      0,
      expect.stringContaining('empty: it fills with the next run'),
    ]);
    await load(dir, 'a.db');
    await load(dir, 'b.db');
    const full = await dir.ingest(['--cache-stats', '--cache', 'kept']);
    expect(full.stdout).toMatch(/kept {6}16 files in \d segments?\n/);
    expect(full.stdout).toMatch(
      /last run {2}100% hits: 16 of 16 files\nall runs {2}50% hits: 16 of 32 files\n/,
    );
    expect(full.stdout).toMatch(/\nmade\ntoday {2}.*█/);
    const asJson = await dir.ingest(['--cache-stats', '--cache', 'kept', '--json']);
    const [stats] = JSON.parse(`[${asJson.stdout}]`) as [object];
    expect(stats).toMatchObject({ type: 'cache', entries: 16, hits: 16, misses: 16, evictions: 0 });
    expect(readdirSync(dir.path('kept')).filter((name) => /wal|shm|lock/.test(name))).toEqual([]);
  });

  test('is exit 2 where there is neither the database nor a cache, as of other commands that only look', async () => {
    const dir = workdir();
    writeShare(dir);
    await load(dir, 'a.db');
    const [typo, status] = [
      await dir.ingest(['--cache-stats', '--db', 'b.db']),
      await dir.ingest(['status', '--db', 'b.db']),
    ];
    expect([typo.code, typo.stdout, typo.stderr]).toEqual([2, '', status.stderr]);
    expect((await dir.ingest(['--cache-stats', '--db', 'b.db', '--cache', 'kept'])).code).toBe(0);
  });

  test('works while a run goes on; --clear-cache then is exit 11 and touches nothing', async () => {
    const dir = workdir();
    writeShare(dir);
    await load(dir, 'a.db');
    dir.write('share/large.csv', largeCsv(60_000_000));
    const running = dir.start(['share', '--db', 'b.db', '--cache', 'kept', '-q', '--order', 'largest']);
    await until(() => existsSync(dir.path('kept', 'ingest-cache.lock')));
    const stats = await dir.ingest(['--cache-stats', '--cache', 'kept', '--json']);
    const before = readdirSync(dir.path('kept')).filter((name) => name.endsWith('.segment'));
    const clear = await dir.ingest(['--clear-cache', '--cache', 'kept']);
    expect(running.child.exitCode).toBeNull();
    expect([stats.code, JSON.parse(stats.stdout)]).toEqual([0, expect.objectContaining({ entries: 16 })]);
    expect([clear.code, clear.stderr]).toEqual([11, expect.stringContaining('nother run holds')]);
    expect(readdirSync(dir.path('kept'))).toEqual(expect.arrayContaining(before));
    expect((await running.done).code).toBe(3);
  });
});

test('--clear-cache says what it freed, and touches neither ledger nor data nor files of others', async () => {
  const dir = workdir();
  writeShare(dir);
  await load(dir, 'a.db');
  const before = said(dir, 'a.db');
  const cleared = await dir.ingest(['--clear-cache', '--cache', 'kept']);
  expect(cleared.stdout).toMatch(/kept: the records of 16 files cleared, [\d.]+ KB freed\n/);
  expect(existsSync(dir.path('kept'))).toBe(false);
  expect(said(dir, 'a.db')).toEqual(before);
  expect(await load(dir, 'a.db')).toMatchObject({ files: { unchanged: files + 4 }, bytesRead: 0 });
  // A run that has nothing to load makes no cache.
  expect(existsSync(dir.path('kept'))).toBe(false);
  await load(dir, 'b.db');
  writeFileSync(dir.path('kept', 'mine.segment'), 'mine');
  await dir.ingest(['--clear-cache', '--cache', 'kept']);
  expect(readdirSync(dir.path('kept'))).toEqual(['mine.segment']);
  const nothing = await dir.ingest(['--clear-cache', '--cache', 'kept', '--json']);
  expect(JSON.parse(nothing.stdout)).toMatchObject({ type: 'cache_cleared', entries: 0, bytes: 0 });
});

test.each([
  [['--cache-stats', '--clear-cache'], 'contradict each other'],
  [['--cache-stats', 'share'], 'roots are given'],
  [['--clear-cache', '--cache', 'a-file'], 'is not a folder'],
])('%j is exit 2', async (args, why) => {
  const dir = workdir();
  dir.write('a-file', 'x');
  const run = await dir.ingest(args);
  expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(why)]);
});

describe('a cache of no use is one warning, and the result is the same', () => {
  /** Spoils the cache, runs, and compares with a run without one. */
  async function spoiled(dir: Workdir, args: readonly string[], why: RegExp): Promise<void> {
    const plain = await dir.ingest(['share', '--db', 'plain.db', '--no-cache', '--json', '-q']);
    const run = await dir.ingest(['share', '--db', 'spoiled.db', '--json', '-q', ...args]);
    expect(run.code, run.stderr).toBe(plain.code);
    expect(said(dir, 'spoiled.db')).toEqual(said(dir, 'plain.db'));
    const warnings = run.summary.warnings.filter(({ code }) => code.startsWith('cache_'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(why);
    expect(run.summary.warnings).toHaveLength(plain.summary.warnings.length + 1);
  }

  test.each<[string, (dir: Workdir) => void, RegExp, string?]>([
    ['a file where the folder should be', (dir: Workdir) => void dir.write('kept', 'x'), /not a folder/],
    [
      "somebody else's folder",
      (dir: Workdir) => void dir.write('kept/notes.txt', 'x'),
      /not a cache: notes.txt/,
    ],
    [
      'a directory that is no database',
      (dir: Workdir) => void dir.write('kept/ingest-cache.db', 'x'.repeat(9000)),
      /damaged and is begun anew/,
    ],
    [
      'a folder that cannot be made',
      (dir: Workdir) => void dir.write('file', 'x'),
      /EEXIST|ENOTDIR|not a folder/,
      'file/kept',
    ],
    ...(process.platform === 'linux'
      ? [['a folder below /proc', () => {}, /ENOENT/, '/proc/kept'] as [string, () => void, RegExp, string]]
      : []),
    [
      'a newer version',
      (dir: Workdir) => {
        mkdirSync(dir.path('kept'));
        const db = new Database(dir.path('kept/ingest-cache.db'));
        db.pragma('user_version = 99');
        db.close();
      },
      /newer version/,
    ],
  ])('%s', async (_, spoil, why, cache = 'kept') => {
    const dir = workdir();
    writeShare(dir);
    spoil(dir);
    await spoiled(dir, ['--cache', cache], why);
  });

  test('the database itself, which is left alone', async () => {
    const dir = workdir();
    writeShare(dir);
    await spoiled(dir, ['--cache', 'plain.db'], /not a folder/);
  });

  test('the folder that is loaded from', async () => {
    const dir = workdir();
    writeShare(dir);
    const before = readdirSync(dir.path('share'));
    await spoiled(dir, ['--cache', 'share'], /not a cache/);
    expect(readdirSync(dir.path('share'))).toEqual(before);
  });

  test('one that another run has', async () => {
    const dir = workdir();
    writeShare(dir);
    await load(dir, 'a.db');
    const lock = new Database(dir.path('kept/ingest-cache.lock'));
    lock.exec('BEGIN EXCLUSIVE');
    await spoiled(dir, ['--cache', 'kept'], /another run has it/);
    lock.close();
  });

  test('a segment that is gone or damaged: it is parsed again, and kept again', async () => {
    const dir = workdir();
    writeShare(dir);
    await load(dir, 'a.db');
    const segments = readdirSync(dir.path('kept')).filter((name) => name.endsWith('.segment'));
    for (const name of segments) writeFileSync(dir.path('kept', name), 'x');
    await spoiled(dir, ['--cache', 'kept'], /damaged in part/);
    expect(await load(dir, 'b.db')).toMatchObject({ cache: { hits: files + 4, misses: 0 } });
  });

  test('one that is deleted in mid-run', async () => {
    const dir = workdir();
    writeShare(dir);
    for (let i = 0; i < 20; i++) dir.write(`share/more/${i}.csv`, largeCsv(3_000_000, i));
    const running = dir.start(['share', '--db', 'a.db', '--cache', 'kept', '--json', '-q']);
    await until(
      () =>
        existsSync(dir.path('kept')) &&
        readdirSync(dir.path('kept')).some((name) => name.endsWith('.segment')),
    );
    rmSync(dir.path('kept'), { recursive: true, force: true });
    const run = await running.done;
    expect(run.code, run.stderr).toBe(3);
    const warnings = run.summary.warnings.filter(({ code }) => code.startsWith('cache_'));
    expect(warnings).toHaveLength(1);
    await dir.ingest(['share', '--db', 'plain.db', '--no-cache', '-q']);
    expect(said(dir, 'a.db')).toEqual(said(dir, 'plain.db'));
  });

  describe.skipIf(!canMount)('(needs the right to mount)', () => {
    function disk(dir: Workdir, options: string): void {
      mkdirSync(dir.path('disk'), { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir.path('disk')]);
      onTestFinished(() => void execFileSync('umount', ['--lazy', dir.path('disk')]));
    }

    test.each(['64k', '256k', '1m'])('a disk of %s', async (size) => {
      const dir = workdir();
      writeShare(dir);
      dir.write('share/large.csv', largeCsv(3_000_000));
      disk(dir, `size=${size}`);
      await spoiled(dir, ['--cache', 'disk/kept'], /disk is (nearly )?full/);
    });

    test('a disk that may not be written', async () => {
      const dir = workdir();
      writeShare(dir);
      disk(dir, 'size=1m');
      execFileSync('mount', ['-o', 'remount,ro', dir.path('disk')]);
      await spoiled(dir, ['--cache', 'disk'], /readonly|read-only|EROFS|unable to open/);
    });

    test('another disk than that of the database is as good, at its very top', async () => {
      const dir = workdir();
      writeShare(dir);
      disk(dir, 'size=50m');
      await load(dir, 'cold.db', '--cache', 'disk');
      const warm = await load(dir, 'warm.db', '--cache', 'disk');
      expect(warm).toMatchObject({ bytesRead: 0, cache: { hits: files + 4, misses: 0 } });
      expect(said(dir, 'warm.db')).toEqual(said(dir, 'cold.db'));
    });
  });
});

test('two caches of a run that was killed: what it left is swept, and the rest is of use', async () => {
  const dir = workdir();
  writeShare(dir);
  await dir.ingest(['share', '--db', 'a.db', '--cache', 'kept', '-q'], {
    INGEST_FAILPOINT: 'before-finish:1',
  });
  writeFileSync(dir.path('kept', 'ingest-abc-1-1.segment'), 'orphan');
  expect(await load(dir, 'b.db')).toMatchObject({ bytesRead: 0, cache: { hits: files + 4 } });
  expect(readdirSync(dir.path('kept'))).not.toContain('ingest-abc-1-1.segment');
});

test('the bounds of the config file hold', async () => {
  const dir = workdir();
  writeShare(dir);
  dir.write('ingest.config.json', JSON.stringify({ cache: { path: 'kept', maxBytes: '1KiB' } }));
  await dir.ingest(['share', '-q']);
  const { stdout } = await dir.ingest(['--cache-stats', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ entries: 0, segments: 0, maxBytes: 1024 });
});
