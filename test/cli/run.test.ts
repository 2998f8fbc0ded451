import { existsSync, readdirSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { FileCounts, RowCounts, Summary } from '../../src/domain/event.ts';
import { outcomes } from '../../src/domain/file.ts';
import { type Run, workdir } from '../program.ts';
import { broken, good, mixedShare, ragged } from './share.ts';

const summaryKeys =
  'type runId exitCode seconds files rows skipped missing bytesRead stages cache sources warnings';
const fileKeys = 'seen loaded unchanged touched duplicate renamed deferred held failed vanished';
const rowKeys = 'parsed inserted deduplicated rejected removed children';

function expectBalance({ files, rows, sources }: Summary): void {
  for (const counts of [{ files, rows }, ...sources]) {
    const sum = outcomes.reduce((total, outcome) => total + counts.files[outcome], 0);
    expect(counts.files.seen).toBe(sum);
    expect(counts.rows.parsed).toBe(counts.rows.inserted + counts.rows.deduplicated + counts.rows.rejected);
  }
  expect(files).toEqual(added(sources.map((source) => source.files)));
  expect(rows).toEqual(added(sources.map((source) => source.rows)));
}

function added<T extends FileCounts | RowCounts>(all: readonly T[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const counts of all) {
    for (const [key, count] of Object.entries(counts)) sum[key] = (sum[key] ?? 0) + count;
  }
  return sum;
}

/** `path outcome reason` of each `file` line, in order of path. */
function fates(run: Run): string[] {
  return run.files.map(({ path, outcome, reason }) => `${path} ${outcome} ${reason}`).sort();
}

describe('--json', () => {
  test('writes typed lines and the summary last, with exactly the keys that are promised', async () => {
    const dir = workdir();
    mixedShare(dir);
    const { lines, summary, code } = await dir.ingest(['share', 'missing', '--json']);
    expect(lines.map(({ type }) => type).filter((type) => type === 'summary')).toHaveLength(1);
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['file', 'reject', 'warning', 'summary']));
    expect(Object.keys(summary).join(' ')).toBe(summaryKeys);
    expect(summary.exitCode).toBe(code);
    for (const counts of [summary, ...summary.sources]) {
      expect(Object.keys(counts.files).join(' ')).toBe(fileKeys);
      expect(Object.keys(counts.rows).join(' ')).toBe(rowKeys);
    }
    for (const source of summary.sources) expect(Object.keys(source).join(' ')).toBe('name state files rows');
    expect(Object.keys(summary.stages)).toEqual(['scan', 'read', 'parse', 'write']);
    expect(Object.keys(summary.cache)).toEqual(['hits', 'misses', 'bytesSaved', 'secondsSaved']);
  });

  test('adds up, with itself, with the file lines and with the tables', async () => {
    const dir = workdir();
    mixedShare(dir);
    const { files, summary } = await dir.ingest(['share', '--json']);
    expectBalance(summary);
    expect(summary.files).toMatchObject({ seen: 5, loaded: 3, duplicate: 1, failed: 1 });
    expect(summary.rows).toMatchObject({ parsed: 6, inserted: 4, deduplicated: 1, rejected: 1, removed: 0 });
    expect(added(files.flatMap(({ rows }) => (rows ? [rows] : [])))).toEqual(summary.rows);
    expect(dir.rows('SELECT count(*) AS n FROM share')).toEqual([{ n: 4 }]);
    const [copy] = dir.rows('SELECT path, original_path FROM duplicate_files');
    expect(Object.values(copy ?? {}).sort()).toEqual(['a.csv', 'copy.csv']);
  });

  test('counts the rows of a replaced file as removed, so that before + inserted - removed is after', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    await dir.ingest(['share']);
    dir.write('share/a.csv', 'lot,board\n007,1\n007,3\n007,4\n');
    const { summary } = await dir.ingest(['share', '--json']);
    expectBalance(summary);
    const [{ n } = { n: 0 }] = dir.rows<{ n: number }>('SELECT count(*) AS n FROM share');
    expect(2 + summary.rows.inserted - summary.rows.removed).toBe(n);
    expect(n).toBe(3);
  });

  test('has a file line for every file but the unchanged, and for those too with -v', async () => {
    const dir = workdir();
    mixedShare(dir);
    const first = await dir.ingest(['share', '--json']);
    expect(first.files).toHaveLength(5);
    const second = await dir.ingest(['share', '--json']);
    expect(fates(second)).toEqual(['broken.json failed retry']);
    const verbose = await dir.ingest(['share', '--json', '-v']);
    expect(fates(verbose)).toEqual([
      'a.csv unchanged unchanged',
      'b.csv unchanged unchanged',
      'broken.json failed retry',
      'c.ndjson unchanged unchanged',
      'copy.csv unchanged unchanged',
    ]);
  });

  test('tells a reject so that it can be found and mended, as the table of rejects does', async () => {
    const dir = workdir();
    dir.write('share/b.csv', ragged);
    const { lines } = await dir.ingest(['share', '--json']);
    const rejects = lines.filter((line) => line.type === 'reject');
    expect(rejects).toMatchObject([{ source: 'share', path: 'b.csv', line: 3, byteOffset: 16, raw: '008' }]);
    expect(
      dir.rows('SELECT line, byte_offset, column_name, code, message, raw FROM _ingest_rejects'),
    ).toEqual(
      rejects.map(({ line, byteOffset, column, code, message, raw }) => ({
        line,
        byte_offset: byteOffset,
        column_name: column,
        code,
        message,
        raw,
      })),
    );
  });

  test('is kept word for word in the table of runs', async () => {
    const dir = workdir();
    mixedShare(dir);
    const { summary } = await dir.ingest(['share', '--json']);
    const [run] = dir.rows<{ exit_code: number; summary: string }>('SELECT * FROM _ingest_runs');
    expect(run).toMatchObject({ run_id: summary.runId, exit_code: 3, finished_at: expect.any(String) });
    expect(JSON.parse(run?.summary ?? '')).toMatchObject({ files: summary.files, rows: summary.rows });
  });

  test('goes on to the end of the run when nobody listens any more', async () => {
    const dir = workdir();
    for (let n = 0; n < 300; n++) dir.write(`share/${n}.csv`, `lot\n${n}\n`);
    const running = dir.start(['share', '--json']);
    running.child.stdout?.once('data', () => running.child.stdout?.destroy());
    const { code, stderr } = await running.done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(dir.rows('SELECT count(*) AS n FROM share')).toEqual([{ n: 300 }]);
    expect(dir.rows('SELECT exit_code FROM _ingest_runs')).toEqual([{ exit_code: 0 }]);
  });
});

test('the reason of a load is new, changed, retry, forced or settings', async () => {
  const dir = workdir();
  dir.write('share/a.csv', good);
  dir.write('share/b.json', broken);
  expect(fates(await dir.ingest(['share', '--json']))).toEqual(['a.csv loaded new', 'b.json failed new']);
  dir.write('share/a.csv', `${good}007,3\n`);
  dir.write('share/b.json', '[{"lot":"1"}]');
  expect(fates(await dir.ingest(['share', '--json']))).toEqual([
    'a.csv loaded changed',
    'b.json loaded retry',
  ]);
  expect(fates(await dir.ingest(['share', '--json', '--force']))).toEqual([
    'a.csv loaded forced',
    'b.json loaded forced',
  ]);
  expect(fates(await dir.ingest(['share', '--json', '--dedupe', 'none']))).toEqual([
    'a.csv loaded settings',
    'b.json loaded settings',
  ]);
});

test('an option comes from the flag, else the environment, else the config file, else its default', async () => {
  const dir = workdir();
  dir.write('share/a.csv', good);
  dir.write(
    'etc/config.json',
    '{ "db": "file.db", "json": true, "sources": [{ "name": "share", "root": "../share" }] }',
  );
  const config = { INGEST_CONFIG: 'etc/config.json' };
  expect((await dir.ingest([], config)).summary.files.loaded).toBe(1);
  expect((await dir.ingest([], { ...config, INGEST_DB: 'environment.db' })).code).toBe(0);
  expect((await dir.ingest(['--db', 'flag.db'], { ...config, INGEST_DB: 'unused.db' })).code).toBe(0);
  expect((await dir.ingest(['share'])).code).toBe(0);
  const databases = readdirSync(dir.root).filter((name) => name.endsWith('.db'));
  expect(databases.sort()).toEqual(['environment.db', 'flag.db', 'ingest.db']);
  expect(existsSync(dir.path('etc/file.db'))).toBe(true);
  const text = await dir.ingest(['share'], { ...config, INGEST_JSON: 'false', INGEST_QUIET: '1' });
  expect(text).toMatchObject({ code: 0, stdout: '' });
});

test('a reader with an open view is never blocked, sees whole files only, and blocks no run', async () => {
  const dir = workdir();
  dir.write('share/first.csv', 'file,n\n0,1\n');
  await dir.ingest(['share']);
  for (let file = 1; file <= 200; file++) {
    const lines = Array.from({ length: 50 }, (_, n) => `${file},${n}`);
    dir.write(`share/${file}.csv`, `file,n\n${lines.join('\n')}\n`);
  }
  const old = new Database(dir.db, { readonly: true, timeout: 0 });
  old.exec('BEGIN');
  const count = old.prepare('SELECT count(*) FROM share').pluck();
  expect(count.get()).toBe(1);
  let over = false;
  const done = dir.ingest(['share', '--json', '--workers', '1']).finally(() => {
    over = true;
  });
  const reader = new Database(dir.db, { readonly: true, timeout: 0 });
  const parts = reader.prepare('SELECT file FROM share WHERE file > 0 GROUP BY file HAVING count(*) <> 50');
  while (!over) {
    expect(parts.all()).toEqual([]);
    expect(count.get()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect((await done).code).toBe(0);
  expect(count.get()).toBe(1);
  old.exec('COMMIT');
  expect(count.get()).toBe(10_001);
  for (const connection of [old, reader]) connection.close();
});
