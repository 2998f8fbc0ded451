import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';

const day = 86_400_000;

function configure(dir: Workdir, source: Record<string, unknown>): void {
  dir.write('ingest.config.json', JSON.stringify({ sources: [{ name: 'share', root: 'share', ...source }] }));
}

/** `2026/11/03` of a day so many days ago. */
function folderOf(daysAgo: number): string {
  const date = new Date(Date.now() - daysAgo * day);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('/');
}

describe('a source is not believed', () => {
  test('without its sentinel', async () => {
    const dir = workdir();
    dir.write('share/a.csv', 'lot\n1\n');
    configure(dir, { sentinel: '.mounted' });
    const without = await dir.ingest(['--json']);
    expect([without.code, without.summary.files.seen]).toEqual([4, 0]);
    expect(without.summary.warnings[0]?.message).toContain('.mounted');
    dir.write('share/.mounted', '');
    expect((await dir.ingest(['--json'])).summary.files.loaded).toBe(1);
  });

  test('with fewer files than it must have', async () => {
    const dir = workdir();
    dir.write('share/a.csv', 'lot\n1\n');
    configure(dir, { minFiles: 2 });
    expect((await dir.ingest(['--json'])).code).toBe(4);
    dir.write('share/b.csv', 'lot\n2\n');
    expect((await dir.ingest(['--json'])).code).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('where nothing is mounted that must be', async () => {
    const dir = workdir();
    dir.write('share/a.csv', 'lot\n1\n');
    configure(dir, { requireMount: dir.path('share') });
    const { code, summary } = await dir.ingest(['--json']);
    expect([code, summary.sources[0]?.state]).toEqual([4, 'unhealthy']);
    configure(dir, { requireMount: false });
    expect((await dir.ingest(['--json'])).code).toBe(0);
  });
});

describe('a root of dates', () => {
  const dated = { root: 'share/{yyyy}/{mm}/{dd}' };

  test('holds the files in folders of dates only, known by their path from its fixed part', async () => {
    const dir = workdir();
    dir.write('share/2026/11/03/a.csv', 'lot\n1\n');
    dir.write('share/2026/11/stray.csv', 'lot\n2\n');
    dir.write('share/old/a.csv', 'lot\n3\n');
    configure(dir, dated);
    const { code } = await dir.ingest(['--json']);
    expect(code).toBe(0);
    expect(dir.rows('SELECT path FROM _ingest_files')).toEqual([{ path: '2026/11/03/a.csv' }]);
  });

  test('that has no such folder yet is no error', async () => {
    const dir = workdir();
    mkdirSync(dir.path('share'));
    configure(dir, dated);
    expect((await dir.ingest(['--json'])).code).toBe(0);
  });

  test('is read with --since only in the folders it asks for; those passed over are named', async () => {
    const dir = workdir();
    for (const ago of [0, 40, 400]) dir.write(`share/${folderOf(ago)}/a.csv`, `lot\n${ago}\n`);
    configure(dir, dated);
    const { code, summary } = await dir.ingest(['--json', '--since', '7d']);
    expect([code, summary.files.seen, summary.skipped]).toEqual([0, 1, 0]);
    expect(summary.sources[0]?.passedOver).toHaveLength(2);
  });

  test('is read by night in its recent days, and as a whole when a full scan is due', async () => {
    const dir = workdir();
    for (const ago of [0, 40]) dir.write(`share/${folderOf(ago)}/a.csv`, `lot\n${ago}\n`);
    configure(dir, { ...dated, recentDays: 3, fullScan: '1h' });
    expect((await dir.ingest(['--json'])).summary.files.loaded).toBe(2);
    dir.write(`share/${folderOf(40)}/late.csv`, 'lot\nlate\n');
    rmSync(dir.path(`share/${folderOf(40)}/a.csv`));
    const nightly = (await dir.ingest(['--json'])).summary;
    expect(nightly.files).toMatchObject({ seen: 1, unchanged: 1 });
    const { stdout } = await dir.ingest(['explain', `share/${folderOf(40)}/late.csv`]);
    expect(stdout.replace(/\s+/g, ' ')).toContain('next run none: its folder is older than "recentDays": 3;');
    expect([nightly.exitCode, nightly.missing]).toEqual([0, 0]);
    expect((await dir.ingest([])).stdout).toContain('dated folder');
    configure(dir, { ...dated, recentDays: 3, fullScan: '1ms' });
    expect((await dir.ingest(['--json'])).summary.files).toMatchObject({ seen: 2, loaded: 1 });
  });

  test('whose old folders are gone is as healthy as before in a nightly run, and after a full scan', async () => {
    const dir = workdir();
    for (let i = 0; i < 9; i += 1) dir.write(`share/${folderOf(800)}/${i}.csv`, `lot\n${i}\n`);
    for (let i = 0; i < 20; i += 1) dir.write(`share/${folderOf(40)}/${i}.csv`, `lot\nlater ${i}\n`);
    dir.write(`share/${folderOf(0)}/a.csv`, 'lot\na\n');
    configure(dir, { ...dated, recentDays: 3, fullScan: '1h' });
    await dir.ingest([]);
    rmSync(dir.path('share', folderOf(800).slice(0, 4)), { recursive: true });
    const { code, summary } = await dir.ingest(['--json']);
    expect([code, summary.files.seen, summary.missing]).toEqual([0, 1, 0]);
    configure(dir, { ...dated, recentDays: 3, fullScan: '1ms' });
    for (const missing of [0, 9]) expect((await dir.ingest(['--json'])).summary.missing).toBe(missing);
  });
});

describe('with immutable files', () => {
  test('a folder that is as it was is not looked into; one with a new file or a failed one is', async () => {
    const dir = workdir();
    for (const name of ['a/1', 'a/2', 'a/deep/3', 'b/4']) dir.write(`share/${name}.csv`, `lot\n${name}\n`);
    dir.write('share/c/broken.json', '[{"lot":');
    configure(dir, { immutable: true });
    age(dir, ['', 'a', 'a/deep', 'b', 'c']);
    expect((await dir.ingest(['--json'])).summary.files).toMatchObject({ loaded: 4, failed: 1 });
    const second = (await dir.ingest(['--json'])).summary;
    expect([second.exitCode, second.files.seen, second.files.failed, second.missing]).toEqual([3, 1, 1, 0]);
    const { stdout } = await dir.ingest(['explain', 'share/a/1.csv', 'share/c/broken.json']);
    expect(stdout.replace(/\s+/g, ' ')).toContain('next run none: its folder is as it was,');
    expect(stdout).toContain('next run    read: it is tried again');
    dir.write('share/a/deep/new.csv', 'lot\nnew\n');
    age(dir, ['a/deep'], 1_800_000);
    expect((await dir.ingest(['--json'])).summary.files).toMatchObject({
      loaded: 1,
      unchanged: 1,
      failed: 1,
    });
    configure(dir, { immutable: true, fullScan: '1ms' });
    expect((await dir.ingest(['--json'])).summary.files.seen).toBe(6);
  });

  test('a new setting looks into all folders again', async () => {
    const dir = workdir();
    dir.write('share/a/1.csv', 'lot\n007\n');
    configure(dir, { immutable: true });
    age(dir, ['', 'a']);
    await dir.ingest([]);
    configure(dir, { immutable: true, types: 'text' });
    expect((await dir.ingest(['--json'])).summary.files.loaded).toBe(1);
  });
});

/** Sets the mtimes of folders well back, as those of a share on which nothing has happened for a while. */
function age(dir: Workdir, folders: readonly string[], msAgo = 3_600_000): void {
  const when = new Date(Date.now() - msAgo);
  for (const folder of folders) utimesSync(dir.path('share', folder), when, when);
}
