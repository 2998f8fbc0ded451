import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { canMount } from './mounting.ts';
import { contentOf, wrongsOf } from './soundness.ts';
import { largeCsv } from './workload.ts';

interface SmallDisk {
  readonly folder: string;
  readonly db: string;
  /** Changes how the disk is mounted: `size=8m`, `ro`. */
  remount(options: string): void;
}

function smallDisk(dir: Workdir, size: string): SmallDisk {
  const folder = dir.path('disk');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
  });
  return {
    folder,
    db: join(folder, 'plant.db'),
    remount: (options) => execFileSync('mount', ['-o', `remount,${options}`, folder]),
  };
}

/** What an undisturbed run makes of the folder `data`. */
async function expectedOf(dir: Workdir): Promise<ReturnType<typeof contentOf>> {
  const db = dir.path('undisturbed.db');
  const run = await dir.ingest(['data', '--db', db]);
  expect(run.code, run.stderr).toBe(0);
  return contentOf(db);
}

function writeData(dir: Workdir): void {
  for (let i = 0; i < 200; i++) dir.write(`data/${i}.csv`, largeCsv(20_000, i));
  dir.write('data/large.csv', largeCsv(10_000_000, 999));
}

describe.skipIf(!canMount)('a disk without room (needs the right to mount)', () => {
  // From no room for the first page to room for all but the last rows.
  test.each(['16k', '256k', '1m', '4m', '12m'])(
    'of %s: exit 1, nothing half, and with room the next run completes',
    async (size) => {
      const dir = workdir();
      writeData(dir);
      const expected = await expectedOf(dir);
      const disk = smallDisk(dir, size);
      const run = await dir.ingest(['data', '--db', disk.db, '--json']);
      expect(run.code, run.stdout + run.stderr).toBe(1);
      expect(run.stderr).toMatch(/full|space|disk/i);
      expect(run.stderr).not.toMatch(/bug|SqliteError|at file:/);
      expect(readdirSync(disk.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      disk.remount('size=200m');
      if (existsSync(disk.db)) expect(wrongsOf(disk.db)).toEqual([]);
      const next = await dir.ingest(['data', '--db', disk.db, '--json']);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(wrongsOf(disk.db)).toEqual([]);
      expect(contentOf(disk.db)).toEqual(expected);
    },
  );

  test('the summary of a run that filled the disk balances, and counts what was not loaded as deferred', async () => {
    const dir = workdir();
    writeData(dir);
    const disk = smallDisk(dir, '8m');
    const { summary, code } = await dir.ingest(['data', '--db', disk.db, '--json', '--order', 'smallest']);
    expect(code).toBe(1);
    expect(summary.exitCode).toBe(1);
    expect(summary.files.seen).toBe(201);
    expect(summary.files.deferred).toBeGreaterThan(0);
    expect(summary.files.loaded + summary.files.deferred).toBe(201);
  });

  test('a file that no longer fits keeps its old rows', async () => {
    const dir = workdir();
    dir.write('data/a.csv', largeCsv(1_000_000, 1));
    const disk = smallDisk(dir, '10m');
    expect((await dir.ingest(['data', '--db', disk.db])).code).toBe(0);
    const before = contentOf(disk.db);
    dir.write('data/a.csv', largeCsv(12_000_000, 2));
    const full = await dir.ingest(['data', '--db', disk.db]);
    expect(full.code).toBe(1);
    const [, needed, folder] =
      /need about ([\d.]+) MB in (\S+), where [\d.]+ MB are free/.exec(full.stderr) ?? [];
    expect(Number(needed)).toBeGreaterThan(10);
    expect(folder).toBe(disk.folder);
    expect(contentOf(disk.db)).toEqual(before);
    expect(wrongsOf(disk.db)).toEqual([]);
    disk.remount('size=200m');
    expect((await dir.ingest(['data', '--db', disk.db])).code).toBe(0);
    expect(contentOf(disk.db)).not.toEqual(before);
  });

  test('a disk that becomes read-only: exit 1, nothing half, and once it can be written the next run completes', async () => {
    const dir = workdir();
    writeData(dir);
    const expected = await expectedOf(dir);
    const disk = smallDisk(dir, '200m');
    expect((await dir.ingest(['data', '--db', disk.db, '--limit', '20'])).code).toBe(0);
    disk.remount('ro');
    const run = await dir.ingest(['data', '--db', disk.db, '--json']);
    expect(run.code, run.stdout + run.stderr).toBe(1);
    expect(run.stderr).toMatch(/read-?only|written/i);
    expect(run.stderr).not.toMatch(/bug|at file:/);
    disk.remount('rw');
    expect((await dir.ingest(['data', '--db', disk.db])).code).toBe(0);
    expect(contentOf(disk.db)).toEqual(expected);
    expect(wrongsOf(disk.db)).toEqual([]);
  });

  test('a dry run works on a read-only disk, with a database and without', async () => {
    const dir = workdir();
    dir.write('data/a.csv', 'a,b\n1,2\n');
    const disk = smallDisk(dir, '20m');
    expect((await dir.ingest(['data', '--db', disk.db])).code).toBe(0);
    dir.write('data/b.csv', 'a,b\n3,4\n');
    disk.remount('ro');
    for (const db of [disk.db, join(disk.folder, 'none.db')]) {
      const run = await dir.ingest(['data', '--db', db, '--dry-run', '--json']);
      expect(run.code, run.stderr).toBe(0);
      expect(run.summary.files.loaded).toBe(db === disk.db ? 1 : 2);
    }
  });
});

test.skipIf(process.getuid?.() === 0)('a folder without the right to write in it: exit 1', async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  mkdirSync(dir.path('locked'), { mode: 0o555 });
  const run = await dir.ingest(['data', '--db', dir.path('locked', 'plant.db')]);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/may be written/);
});
