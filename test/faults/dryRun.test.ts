import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FileEvent, RunEvent, Summary } from '../../src/domain/event.ts';
import { type Run, type Workdir, workdir } from '../program.ts';

/** Names, bytes and mtimes of all that lies in the folder; the shared memory of SQLite's readers does not count. */
function snapshot(dir: Workdir): Record<string, string> {
  const entries = readdirSync(dir.root, { recursive: true, withFileTypes: true });
  const seen: Record<string, string> = {};
  for (const entry of entries) {
    const path = `${entry.parentPath}/${entry.name}`;
    const { mtimeMs, ino } = lstatSync(path);
    seen[path] = entry.isFile()
      ? `${mtimeMs} ${ino} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`
      : 'folder';
  }
  return seen;
}

/** What a dry run and the run after it must both say. */
function said({ code, summary, lines }: Run): unknown {
  // A dry run keeps nothing, so that what a run finds in its cache a second later it parses again.
  const { seconds, runId, stages, cache, ...rest } = summary;
  const files = lines
    .filter((line) => line.type === 'file')
    .map(plain)
    .sort();
  const rejects = lines
    .filter((line) => line.type === 'reject')
    .map(plain)
    .sort();
  return { code, summary: rest satisfies Partial<Summary>, files, rejects };
}

function plain(line: RunEvent | FileEvent): string {
  return JSON.stringify(line, Object.keys(line).sort());
}

const config = {
  sources: [
    { name: 'samples', root: 'samples', onDelete: 'remove' },
    { name: 'states', root: 'states', dedupe: 'key', key: ['id'] },
    { name: 'gone', root: 'nowhere' },
  ],
};

function records(from: number, count: number): string {
  const lines = ['id,value'];
  for (let i = from; i < from + count; i++) lines.push(`${i},${i}.5`);
  return `${lines.join('\n')}\n`;
}

function writeFirst(dir: Workdir): void {
  dir.write('ingest.config.json', JSON.stringify(config));
  for (const [i, name] of [
    'same',
    'changed',
    'shrunk',
    'renamed',
    'touched',
    'broken',
    'original',
  ].entries()) {
    dir.write(`samples/${name}.csv`, records(i * 100, 40));
  }
  dir.write('samples/copy.csv', records(600, 40));
  dir.write('samples/deleted.csv', records(800, 40));
  dir.write('states/a.csv', records(0, 20));
  dir.write('states/b.csv', records(10, 20));
}

function writeSecond(dir: Workdir): void {
  dir.write('samples/changed.csv', records(110, 45));
  dir.write('samples/shrunk.csv', records(200, 5));
  renameSync(dir.path('samples/renamed.csv'), dir.path('samples/new-name.csv'));
  dir.write('samples/touched.csv', records(400, 40));
  dir.write('samples/broken.csv', `id,value\n${'1\n'.repeat(50)}`);
  dir.write('samples/original.csv', records(650, 40));
  dir.write('samples/new.csv', `${records(1000, 20)}1,2,3\n`);
  dir.write('samples/overlap.csv', records(0, 60));
  dir.write('samples/second-copy.csv', records(1000, 20));
  dir.write('samples/third-copy.csv', records(1000, 20));
  dir.write('samples/words.csv', 'id,value,more\nx7,007,1\n');
  dir.write('states/c.csv', records(15, 20));
  dir.write('states/a.csv', records(5, 20));
}

test('a first dry run makes nothing and says what the run then does', async () => {
  const dir = workdir();
  writeFirst(dir);
  const before = snapshot(dir);
  const dry = await dir.ingest(['--json', '-v', '--dry-run']);
  expect(snapshot(dir)).toEqual(before);
  expect(dry.summary.runId).toBe(null);
  expect(said(dry)).toEqual(said(await dir.ingest(['--json', '-v'])));
});

test('a dry run over all that can happen to files writes nothing and says what the run then does', async () => {
  const dir = workdir();
  writeFirst(dir);
  await dir.ingest([]);
  rmSync(dir.path('samples/deleted.csv'));
  await dir.ingest([]);
  writeSecond(dir);
  const before = snapshot(dir);
  const dry = await dir.ingest(['--json', '-v', '--dry-run']);
  expect(snapshot(dir)).toEqual(before);
  const run = await dir.ingest(['--json', '-v']);
  expect(said(dry)).toEqual(said(run));
  expect(run.summary.files).toMatchObject({ held: 1, failed: 1, renamed: 1, touched: 1 });
  expect(run.summary).toMatchObject({ missing: 1, exitCode: 4 });
});

test('a dry run makes no folder for a database that has none', async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  const before = snapshot(dir);
  const dry = await dir.ingest(['data', '--dry-run', '--db', 'deep/er/plant.db']);
  expect(dry.code).toBe(0);
  expect(snapshot(dir)).toEqual(before);
});

test("a dry run tells each file's decision and why on stdout", async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  dir.write('data/b.csv', 'a,b\n1,2\n');
  const { stdout } = await dir.ingest(['data', '--dry-run', '--workers', '0']);
  expect(stdout).toMatch(/a\.csv/);
  expect(stdout).toMatch(/duplicate/);
  expect(stdout).toMatch(/new/);
});
