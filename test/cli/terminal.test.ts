import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'ingest.js');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const hasPython = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0;

/** Runs a command line in a pseudo-terminal of some rows and columns (as JSON); writes `[milliseconds, text]` of all it gets as JSON. */
const inPty = `
import json, os, pty, struct, sys, time, fcntl, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', *json.loads(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
got, start = [], time.time()
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    got.append([int((time.time() - start) * 1000), data.decode('utf-8', 'replace')])
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({'code': code, 'got': got}))
`;

interface Shown {
  readonly code: number;
  readonly got: readonly (readonly [ms: number, text: string])[];
}

function onTerminal(dir: Workdir, ...args: string[]): Shown {
  return onTerminalOf([24, 80], dir, ...args);
}

function onTerminalOf(
  size: readonly [rows: number, columns: number],
  dir: Workdir,
  ...args: string[]
): Shown {
  return inTerminal({ TERM: 'xterm-256color' }, size, dir, args);
}

function inTerminal(
  variables: NodeJS.ProcessEnv,
  size: readonly [rows: number, columns: number],
  dir: Workdir,
  args: readonly string[],
): Shown {
  const env = { PATH: process.env.PATH, HOME: dir.root, ...variables };
  const stdout = execFileSync(
    'python3',
    ['-c', inPty, JSON.stringify(size), process.execPath, program, ...args],
    {
      cwd: dir.root,
      env,
      timeout: 50_000,
    },
  );
  return JSON.parse(stdout.toString()) as Shown;
}

/** A share whose run takes over two seconds: one of its files, dated in the future, may still be being written. */
function slowShare(): Workdir {
  const dir = workdir();
  for (let i = 0; i < 20; i += 1) dir.write(`share/${i}.csv`, `k,v\n${i},x\n`);
  dir.write('share/young.csv', 'k,v\n99,x\n', new Date(Date.now() + 3_600_000));
  return dir;
}

const progressLine = /share +\d+\/21 files +[\d,]+ rows?/;

describe.skipIf(!hasPython)('in a pseudo-terminal (needs python3)', () => {
  test('progress is shown at most ten times a second and wiped out before the summary', () => {
    const { code, got } = onTerminal(slowShare(), 'share', '--workers', '0');
    const all = got.map(([, text]) => text).join('');
    expect(code).toBe(0);
    expect(all).toMatch(progressLine);
    const pictures = got.filter(([, text]) => progressLine.test(text)).map(([ms]) => ms);
    const seconds = ((pictures.at(-1) ?? 0) - (pictures[0] ?? 0)) / 1000;
    expect(pictures.length).toBeGreaterThan(3);
    expect(pictures.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 2);
    const [, rest = ''] = all.split(/(?=run 1 -> )/);
    expect(rest).not.toMatch(progressLine);
    expect(all).not.toContain('\u001b[?25l');
  });

  test.each([
    [0, 0],
    [24, 7],
    [2, 80],
  ])('there is none where the terminal has %i rows and %i columns', (rows, columns) => {
    const dir = slowShare();
    const { code, got } = onTerminalOf([rows, columns], dir, 'share', '--workers', '0');
    expect([code, got.map(([, text]) => text).join('').length < 4000]).toEqual([0, true]);
    expect(onTerminalOf([rows, columns], dir, 'status').got.join('')).toContain('share');
  });

  test.each([{ TERM: 'dumb' }, { TERM: 'xterm', CI: 'true' }])('there is none with %j', (variables) => {
    const { code, got } = inTerminal(variables, [24, 80], slowShare(), ['share', '--workers', '0']);
    expect(code).toBe(0);
    expect(got.map(([, text]) => text).join('')).not.toMatch(progressLine);
  });

  test.each([[['--no-progress']], [['--quiet']], [['--json']], [['--verbose']]])(
    'there is none with %j',
    (options) => {
      const { code, got } = onTerminal(slowShare(), 'share', '--workers', '0', ...options);
      expect(code).toBe(0);
      expect(got.map(([, text]) => text).join('')).not.toMatch(progressLine);
    },
  );
});

/** Runs `ingest` on a screen of tmux and looks at it ten times a second; returns its lines at the end. */
async function onScreen(
  dir: Workdir,
  roots: string,
  look: (screen: string, type: (key: string) => void) => void,
) {
  const name = `ingest-${randomUUID()}`;
  const { CI: _, ...env } = process.env;
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', name, ...args], { env }).toString();
  onTestFinished(() => void spawnSync('tmux', ['-L', name, 'kill-server']));
  const line = `'${process.execPath}' '${program}' ${roots} --workers 0; echo "ended $?"; sleep 30`;
  tmux('new-session', '-d', '-x', '80', '-y', '50', '-c', dir.root, `trap : INT; ${line}`);
  let screen = '';
  for (let i = 0; i < 200 && !/^ended \d/m.test(screen); i += 1) {
    await sleep(100);
    screen = tmux('capture-pane', '-p');
    look(screen, (key) => void tmux('send-keys', key));
  }
  return screen.trimEnd().split('\n');
}

describe.skipIf(!hasTmux)('on the screen of tmux', () => {
  test('progress stands there while the run goes on, and afterwards only the summary', async () => {
    let seen = false;
    const last = await onScreen(slowShare(), 'share', (screen) => {
      seen ||= progressLine.test(screen);
    });
    expect(seen).toBe(true);
    expect(last[0]).toMatch(/^run 1 -> .*: done, \d+\.\d s$/);
    expect(last.at(-1)).toBe('ended 0');
    expect(last.join('\n')).not.toMatch(progressLine);
  });

  test('Ctrl-C ends the run in good order, and nothing of the progress is left', async () => {
    const dir = slowShare();
    dir.write('share/young.csv', 'k,v\n99,x\n', new Date(Date.now() + 7_200_000));
    dir.write('ingest.config.json', '{ "sources": [{ "name": "share", "root": "share", "settle": "1m" }] }');
    let pressed = false;
    const last = await onScreen(dir, '', (screen, type) => {
      if (pressed || !progressLine.test(screen)) return;
      pressed = true;
      type('C-c');
    });
    // The terminal's own ^C may leave a line of its own.
    const [first] = last.filter((line) => line !== '' && line !== '^C');
    expect(first).toMatch(/^\^?C?run 1 -> .*: interrupted \(exit code 130\), /);
    expect(last.at(-1)).toBe('ended 130');
    expect(last.join('\n')).not.toMatch(progressLine);
  });
});

test('off a terminal nothing is said of progress', async () => {
  const dir = slowShare();
  const { code, stdout, stderr } = await dir.ingest(['share', '--workers', '0', '--log-file', 'run.log']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toMatch(progressLine);
  expect(readFileSync(dir.path('run.log'), 'utf8')).not.toContain('"progress"');
});
