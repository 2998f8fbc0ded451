import {
  chmodSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import type { Checkup } from '../../src/report/doctorText.ts';
import { type Workdir, workdir } from '../program.ts';

async function loaded(): Promise<Workdir> {
  const dir = workdir();
  for (const name of ['a', 'b', 'c']) dir.write(`share/${name}.csv`, `k,v\n${name},1\n`);
  expect((await dir.ingest(['share', '--workers', '0'])).code).toBe(0);
  return dir;
}

async function doctor(dir: Workdir, ...args: string[]): Promise<{ code: number | null; checkup: Checkup }> {
  const { code, stdout } = await dir.ingest(['doctor', '--json', ...args]);
  return { code, checkup: JSON.parse(stdout) as Checkup };
}

const codes = ({ findings }: Checkup) => findings.map(({ code }) => code);

test('a database in order has 100 points', async () => {
  const dir = await loaded();
  const { code, checkup } = await doctor(dir, '--verify');
  expect([code, checkup.score, codes(checkup)]).toEqual([0, 100, []]);
  const { stdout } = await dir.ingest(['doctor']);
  expect(stdout).toMatch(/^health 100 of 100: nothing to mend\n/);
  expect(stdout).toMatch(/^ {2}integrity {3}whole$/m);
  expect(stdout).toMatch(/^ {2}last run {4}[\d.]+ m?s of CPU, [\d.]+ MB of memory$/m);
});

test.skipIf(process.platform === 'win32')(
  'every deduction stands with its points and its remedy',
  async () => {
    const dir = await loaded();
    chmodSync(dir.db, 0o644);
    const { stdout, code } = await dir.ingest(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^health 95 of 100\n {2}-5 {2}Everybody on this machine may read/);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`to do: chmod o-rwx ${dir.db}`);
  },
);

test.skipIf(process.platform === 'win32')('only owner and group may read what a run makes', async () => {
  const dir = await loaded();
  const umask = process.umask(0);
  try {
    expect((await dir.ingest(['share', '--db', 'open.db'])).code).toBe(0);
  } finally {
    process.umask(umask);
  }
  const made = ['open.db', 'open.db.cache'].map((name) => statSync(dir.path(name)).mode & 0o777);
  expect(made).toEqual([0o640, 0o700]);
  expect(codes((await doctor(dir, '--db', 'open.db')).checkup)).toEqual([]);
});

test('a source that is gone is found', async () => {
  const dir = await loaded();
  renameSync(dir.path('share'), dir.path('elsewhere'));
  expect(codes((await doctor(dir)).checkup)).toEqual(['unreachable']);
});

test('--verify finds content that changed under the same size and mtime, and passes over what changed', async () => {
  const dir = await loaded();
  const path = dir.path('share', 'a.csv');
  const { atime, mtime } = statSync(path);
  writeFileSync(path, readFileSync(path, 'utf8').replace('1', '2'));
  utimesSync(path, atime, mtime);
  dir.write('share/b.csv', 'k,v\nlonger,1\n');
  const { code, checkup } = await doctor(dir, '--verify', 'all');
  expect([code, codes(checkup)]).toEqual([3, ['content_differs']]);
  expect(checkup.findings[0]?.what).toContain('share/a.csv');
  expect(checkup.facts.find(([name]) => name === 'verified')?.[1]).toBe(
    '2 files read, 1 other than the ledger says, 1 changed or gone since the last run',
  );
});

test('a damaged database is exit 1 and no points', async () => {
  const dir = workdir();
  const lines = Array.from({ length: 5000 }, (_, i) => `${i},${'x'.repeat(20)}`);
  dir.write('share/a.csv', `k,v\n${lines.join('\n')}\n`);
  await dir.ingest(['share', '--workers', '0']);
  const { size } = statSync(dir.db);
  const file = openSync(dir.db, 'r+');
  for (let at = size - 40 * 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(64, 0xff), 0, 64, at);
  const { code, checkup } = await doctor(dir);
  expect([code, checkup.score, codes(checkup)[0]]).toEqual([1, 0, 'damaged']);
});

test.each(['0', 'some'])('--verify %s is refused', async (amount) => {
  expect((await (await loaded()).ingest(['doctor', '--verify', amount])).code).toBe(2);
});
