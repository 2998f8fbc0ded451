import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { broken, good, mixedShare } from './share.ts';

const program = fileURLToPath(new URL('../../bin/ingest.js', import.meta.url));

describe('what people read', () => {
  test('is a summary of 80 columns on stdout, without colour where there is no terminal, and no log', async () => {
    const dir = workdir();
    mixedShare(dir);
    const { stdout, stderr, code } = await dir.ingest(['share', 'missing']);
    expect(code).toBe(4);
    expect(stdout).not.toMatch(/[\x1b\r]/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const told of ['broken.json', 'b.csv', 'missing']) expect(stdout).toContain(told);
    expect(stderr).toBe('');
  });

  test('is nothing with -q when all went well, and the summary when it did not', async () => {
    const dir = workdir();
    dir.write('share/a.csv', good);
    const fine = await dir.ingest(['share', '-q']);
    expect(fine).toMatchObject({ code: 0, stdout: '', stderr: '' });
    dir.write('share/b.json', broken);
    expect((await dir.ingest(['share', '--quiet'])).stdout).toContain('b.json');
  });

  test('is with -v a line for every file on stdout and the log on stderr, each entry on a line', async () => {
    const dir = workdir();
    mixedShare(dir);
    await dir.ingest(['share']);
    const { stdout, stderr } = await dir.ingest(['share', '-v', '--json']);
    expect(stdout.match(/"type":"file"/g)).toHaveLength(5);
    const log = stderr.trimEnd().split('\n');
    expect(log.filter((line) => /\b(?:unchanged|failed) share\//.test(line))).toHaveLength(5);
    const text = await dir.ingest(['share', '--verbose']);
    expect(text.stdout.match(/^unchanged .*share\//gm)).toHaveLength(4);
  });

  test('names the command that a root was meant to be', async () => {
    const { code, stdout, stderr } = await workdir().ingest(['stauts']);
    expect(code).toBe(4);
    expect(stdout + stderr).toContain('Did you mean the command `ingest status`?');
  });

  test.skipIf(spawnSync('script', ['-qec', 'true', '/dev/null']).status !== 0)(
    'is coloured on a terminal, but not with --no-color, NO_COLOR or TERM=dumb',
    async () => {
      const dir = workdir();
      dir.write('share/a.csv', good);
      const colorful = async (args: string, env: Record<string, string>) => {
        const terminal = { PATH: process.env.PATH, TERM: 'xterm', ...env };
        const command = `'${process.execPath}' '${program}' share ${args}`;
        const shown = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
          cwd: dir.root,
          env: terminal,
        });
        expect(shown.stdout).toContain('1 file');
        return shown.stdout.includes('\x1b[');
      };
      await dir.ingest(['share']);
      expect(await colorful('', {})).toBe(true);
      expect(await colorful('--no-color', {})).toBe(false);
      expect(await colorful('', { NO_COLOR: '1' })).toBe(false);
      expect(await colorful('', { TERM: 'dumb' })).toBe(false);
      expect(await colorful('', { INGEST_NO_COLOR: '1' })).toBe(false);
    },
  );
});

test('--log-file gets one JSON line for each event, whatever the terminal shows, and is appended to', async () => {
  const dir = workdir();
  mixedShare(dir);
  await dir.ingest(['share', 'missing', '-q', '--log-file', 'log/ingest.log']);
  await dir.ingest(['share', '--log-file', 'log/ingest.log']);
  const text = readFileSync(dir.path('log/ingest.log'), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) {
    expect(line).toMatchObject({ level: expect.any(Number), msg: expect.any(String) });
    expect(new Date(String(line.time)).toISOString()).toBe(line.time);
  }
  const types = lines.map(({ type }) => type);
  const second = types.indexOf('summary') + 1;
  const ofFirst = types.slice(0, second);
  expect(ofFirst.filter((type) => type === 'file')).toHaveLength(5);
  expect(ofFirst.filter((type) => type === 'reject')).toHaveLength(1);
  expect(ofFirst.filter((type) => type === 'warning')).toHaveLength(2);
  expect(types.slice(second).filter((type) => type === 'file')).toHaveLength(5);
  expect(types.at(-1)).toBe('summary');
});

test('--log-file that cannot be written is told before anything is loaded', async () => {
  const dir = workdir();
  mixedShare(dir);
  dir.write('taken', 'a file, and no folder');
  const { code, stderr } = await dir.ingest(['share', '--log-file', 'taken/ingest.log']);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^error: The log file .*taken.ingest\.log cannot be written: /),
  ]);
  expect(existsSync(dir.db)).toBe(false);
});

test('--log-file gets what ended a run early, too, which the terminal shows once', async () => {
  const dir = workdir();
  mixedShare(dir);
  dir.write('ingest.db', 'no database, but text that is long enough to be taken for one'.repeat(20));
  const { code, stderr } = await dir.ingest(['share', '--log-file', 'ingest.log']);
  const lines = readFileSync(dir.path('ingest.log'), 'utf8').trimEnd().split('\n');
  const errors = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'error');
  expect([code, errors]).toMatchObject([
    2,
    [{ level: 60, code: expect.any(String), hint: expect.any(String) }],
  ]);
  expect(stderr.split(errors[0].message)).toHaveLength(2);
});
