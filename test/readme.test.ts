import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { type Command, commands as commandTable } from '../src/cli/commands.ts';
import { flagName, type OptionKey, optionKeys, options, variableName } from '../src/config/options.ts';
import { knownKeys } from '../src/config/schema.ts';
import { ExitCode } from '../src/domain/errors.ts';
import { outcomes } from '../src/domain/file.ts';
import { type Workdir, workdir } from './program.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const readme = readFileSync(join(project, 'README.md'), 'utf8');
const program = join(project, 'bin', 'ingest.js');
const commands = [...commandTable.map(({ name }) => String(name)), 'help'];

/** The text of the section under a heading. */
function section(title: string): string {
  const [, text] = readme.split(`\n## ${title}\n`);
  if (text === undefined) throw new Error(`the README has no section "${title}"`);
  return text.split('\n## ')[0] ?? '';
}

/** The rows of all tables in a text, without their titles; a `\|` is part of a cell. */
function tableRows(text: string): string[][] {
  const lines = text
    .split('\n')
    .filter((line, at, all) => /^\|(?!-)/.test(line) && !/^\|-/.test(all[at + 1] ?? ''));
  return lines.map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
  });
}

function blocks(language: string, text = readme): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code = '']) => code,
  );
}

async function help(...command: string[]): Promise<string> {
  const { stdout, code } = await workdir().ingest([...command, '--help']);
  expect(code).toBe(0);
  return stdout;
}

test('the README opens with three sentences and the two commands', () => {
  const [title, says = '', code] = readme.split('\n\n');
  expect(title).toBe(`# ${manifest.name}`);
  expect(says.match(/\.(?=\s|$)/g)).toHaveLength(3);
  expect(code).toBe('```sh\nnpm ci && npm start\nnpm ci && npm test\n```');
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['prepare', 'start', 'test']));
  expect(readFileSync(join(project, '.ci', 'run'), 'utf8')).toContain('\nnpm ci && npm test\n');
});

describe('the options', () => {
  const rows = tableRows(section('Options')).filter(([name = '']) => name.startsWith('`-'));

  test('are those of the program, in its words', () => {
    expect(rows).toEqual(optionKeys.map(optionRow));
  });

  test('all stand in the help', async () => {
    const flat = (await help()).replace(/\s+/g, ' ');
    for (const key of optionKeys) {
      expect(flat).toContain(`${flagName(key)} `);
      expect(flat).toContain(options[key].description);
    }
  });

  test('are read from the environment by the name that the README gives', () => {
    const [, flag, variable] = /`(--[a-z-]+)`: `(INGEST_[A-Z_]+)=1`/.exec(section('Options')) ?? [];
    const key = optionKeys.find((candidate) => flagName(candidate) === flag) as OptionKey;
    expect(variable).toBe(variableName(key));
  });

  test('of a source are those of the config file', () => {
    const text = section('The config file');
    const named = tableRows(text).flatMap(([keys = '']) => keys.match(/\w+/g) ?? []);
    expect(named.sort()).toEqual(knownKeys(['sources', 0]).sort());
  });
});

function optionRow(key: OptionKey): string[] {
  const { short, argument, description, defaultText } = options[key];
  const flag = short === undefined ? flagName(key) : `${short}, ${flagName(key)}`;
  const name = argument === undefined ? flag : `${flag} ${argument}`;
  return [`\`${name}\``, description, defaultText ?? (argument === undefined ? 'off' : 'none')];
}

describe('the commands', () => {
  test('are those of the help', async () => {
    const [, list = ''] = (await help()).split('\nCommands:\n');
    const named = [...(list.split('\n\n')[0] ?? '').matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(named).toEqual(commands);
  });

  test.each(commands)('%s stands in the README', (command) => {
    expect(section('Options')).toMatch(new RegExp(`\`ingest ${command}\\b`));
  });

  test('have all their own options in the README', () => {
    const text = section('Options');
    for (const { own = [] } of commandTable as readonly Command[])
      for (const { name } of own) expect(text).toContain(`\`--${name}`);
  });

  test('that are not there yet are not in the help', async () => {
    const missing = /\*\*Commands?\*\* ([^;.]*)/.exec(section('What is not there yet'))?.[1] ?? '';
    const names = missing.match(/\w+/g) ?? [];
    expect(names.filter((name) => commands.includes(name))).toEqual([]);
  });

  test.each([[[]], ...commands.filter((name) => name !== 'help').map((name) => [[name]])])(
    'the help of ingest %j fits 80 columns',
    async (command) => {
      expect((await help(...command)).split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );
});

test('the exit codes are those of the program and of the help', async () => {
  const known = Object.values(ExitCode).map(String);
  const rows = tableRows(section('When the night run failed'));
  expect(rows.map(([code]) => code)).toEqual(known);
  const [, list = ''] = (await help()).split('\nExit codes:\n');
  const told = [...(list.split('\n\n')[0] ?? '').matchAll(/^ +(\d+) {2}/gm)].map(([, code]) => code);
  expect(told).toEqual(known);
});

test('the fates of a file are the outcomes that a run counts', () => {
  const told = tableRows(section('What becomes of a file')).flatMap(
    ([, , outcome = '']) => outcome.match(/\w+/g) ?? [],
  );
  for (const outcome of outcomes) expect(told).toContain(outcome);
  for (const reason of ['new', 'changed', 'retry', 'forced', 'settings']) expect(told).toContain(reason);
});

test('what the README links to and the folders it names are there', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  const rooms = [...readme.matchAll(/\bsrc\/(\w+)/g)]
    .map(([path]) => path)
    .filter((path) => path !== 'src/cache');
  for (const path of [...links, ...rooms]) expect(existsSync(join(project, path)), path).toBe(true);
});

describe.skipIf(process.platform === 'win32')('the examples run', { timeout: 180_000 }, () => {
  test('in the order in which they stand, with the config file of the README', async () => {
    const dir = shareWithCommands();
    dir.write('ingest.config.json', here(dir, blocks('json').join('')));
    for (const block of blocks('sh').slice(1)) {
      for (const line of block.trimEnd().split('\n')) {
        const { code, stderr } = await shell(dir, line);
        expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
      }
    }
  });

  test('every night, silent when all goes well', async () => {
    const dir = shareWithCommands();
    dir.write('ingest.config.json', here(dir, blocks('json').join('')));
    const [line = ''] = blocks('cron');
    const [, command = ''] = /^(?:\S+\s+){5}(.*)$/.exec(line.trim()) ?? [];
    expect(await shell(dir, command)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(dir.path('ingest.log'))).toBe(true);
    expect(existsSync(dir.path('plant.db'))).toBe(true);
  });

  test.skipIf(!hasSystemd)('as a systemd service with its timer (needs systemd-analyze)', async () => {
    const dir = shareWithCommands();
    const [service = '', timer = ''] = blocks('ini');
    const ingest = dir.path('bin/ingest');
    dir.write('ingest.service', here(dir, service).replaceAll('/usr/local/bin/ingest', ingest));
    dir.write('ingest.timer', timer);
    const verify = await shell(dir, 'systemd-analyze verify ./ingest.service ./ingest.timer');
    expect(verify).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('for every plant', async () => {
    const dir = shareWithCommands();
    const rows = tableRows(section('Five plants, one engine'));
    expect(rows).toHaveLength(5);
    dir.copy(join(project, 'fixtures'), 'fixtures');
    for (const [, , command = ''] of rows) {
      const { code } = await shell(dir, `cd fixtures && ${command.replaceAll('`', '')}`);
      expect({ command, code }).toEqual({ command, code: 0 });
    }
  });
});

/** What `sqlite3 file "query"` does, since not every machine has that program. */
const sqlite3 = `const [file, query] = process.argv.slice(2);
const db = new (require('better-sqlite3'))(file, { readonly: true });
for (const row of db.prepare(query).raw().all()) console.log(row.join('|'));`;

/** A folder with the share of the README's examples, and with `ingest` and `sqlite3` as commands. */
function shareWithCommands(): Workdir {
  const dir = workdir();
  dir.copy(join(project, 'fixtures', 'xray', 'data'), 'mnt/xray');
  symlinkSync(join(project, 'node_modules'), dir.path('node_modules'));
  const scripts = { ingest: program, sqlite3: dir.write('sqlite3.cjs', sqlite3) };
  for (const [name, script] of Object.entries(scripts)) {
    chmodSync(dir.write(`bin/${name}`, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`), 0o755);
  }
  return dir;
}

/** The README's absolute paths within the folder of a test. */
function here(dir: Workdir, text: string): string {
  return text.replaceAll('/mnt/', `${dir.path('mnt')}/`).replaceAll('/srv/plant', dir.root);
}

async function shell(dir: Workdir, line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: `${dir.path('bin')}:${dirname(process.execPath)}:${process.env.PATH}`, HOME: dir.root };
  const run = promisify(execFile)('sh', ['-c', here(dir, line)], { cwd: dir.root, env });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test('the errors that the README shows are those of real runs', async () => {
  const dir = workdir();
  dir.write('xray/a.csv', 'lot;void\n00471101;1,5\n00471102\n00471103;"2,5\n00471104;2,75\n00471105;3,5\n');
  dir.write('xray/b.csv', 'part;price\nA;1\nB;2\n');
  const run = await dir.ingest(['xray', '--order', 'path']);
  const { stdout } = await dir.ingest(['rejects']);
  const shown = blocks('text', section('When the night run failed'));
  expect(shown).toHaveLength(3);
  for (const block of shown) expect(run.stdout + stdout).toContain(block);
});
