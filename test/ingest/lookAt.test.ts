import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lookAt } from '../../src/ingest/lookAt.ts';
import { thisSystem } from '../../src/share/system.ts';
import { workdir } from '../program.ts';

const folder = mkdtempSync(join(tmpdir(), 'ingest-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const calls = thisSystem.calls('local');
const deadlines = { metadata: 1000, read: 1000, file: 1000 };

test.runIf(process.platform !== 'win32')('what lies at a path is told apart', async () => {
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'file'), 'abc');
  symlinkSync('file', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'special')]);
  for (const kind of ['folder', 'file', 'link', 'special', 'none'])
    expect(await lookAt(join(folder, kind), { calls, deadlines })).toMatchObject({ kind });
  expect((await lookAt(join(folder, 'file', 'below'), { calls, deadlines })).kind).toBe('none');
});

test('what may not be looked at may be there', async () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const lstat = () => Promise.reject(denied);
  const found = await lookAt('/share/a.csv', { calls: { ...calls, lstat }, deadlines });
  expect(found).toEqual({ kind: 'unknown', why: 'EACCES: permission denied' });
});

test.runIf(process.platform !== 'win32')('explain says of a named pipe that it is not read', async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'k\n1\n');
  await dir.ingest(['data']);
  execFileSync('mkfifo', [dir.path('data/b.csv')]);
  const explained = async (path: string) => (await dir.ingest(['explain', path])).stdout.replace(/\s+/g, ' ');
  expect(await explained('data/b.csv')).toContain('none: it is a device, a socket or a named pipe');
  rmSync(dir.path('data/a.csv'));
  execFileSync('mkfifo', [dir.path('data/a.csv')]);
  expect(await explained('data/a.csv')).toContain('after two complete scans without it, it is missing');
});
