import { readdirSync } from 'node:fs';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/commands.ts';
import { buildProgram, suggestCommand } from '../../src/cli/program.ts';
import { checkValues } from '../../src/cli/values.ts';
import { flagName, optionKeys, options } from '../../src/config/options.ts';
import { IngestError } from '../../src/domain/errors.ts';
import { workdir } from '../program.ts';

/** What the command line came to: the calls of actions, what was written, and what was thrown. */
async function parse(...args: string[]) {
  const calls: unknown[] = [];
  const program = buildProgram(async (name, { args: named, flags }) => {
    calls.push([name, named, flags]);
  });
  let written = '';
  const write = (text: string) => {
    written += text;
  };
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: write, writeErr: write });
  }
  const thrown = await program.parseAsync(args, { from: 'user' }).then(
    () => null,
    (error: unknown) => error,
  );
  return { calls, written, thrown };
}

describe('the main job', () => {
  test.each([
    [[], ['run', [], {}]],
    [
      ['a', 'b'],
      ['run', ['a', 'b'], {}],
    ],
    [
      ['run', 'a'],
      ['run', ['a'], {}],
    ],
    [
      ['run', 'status'],
      ['run', ['status'], {}],
    ],
    [
      ['a', '--since', '7d', 'b'],
      ['run', ['a', 'b'], { since: '7d' }],
    ],
    [
      ['--db', 'x.db', '--force', 'a'],
      ['run', ['a'], { db: 'x.db', force: true }],
    ],
    [
      ['-q', 'a', '--no-color'],
      ['run', ['a'], { quiet: true, noColor: true }],
    ],
    [
      ['--source', 'a', 'b', '--json'],
      ['run', [], { source: ['a', 'b'], json: true }],
    ],
    [
      ['--max-rejects', '5%', '--limit=3'],
      ['run', [], { maxRejects: '5%', limit: '3' }],
    ],
    [
      ['--limit', '-5'],
      ['run', [], { limit: '-5' }],
    ],
    [
      ['--', '--odd'],
      ['run', ['--odd'], {}],
    ],
  ])('ingest %j', async (args, call) => {
    const { calls, thrown } = await parse(...args);
    expect(thrown).toBeNull();
    expect(calls).toEqual([call]);
  });

  test.each(optionKeys)('takes the option of %s', async (key) => {
    const value = options[key].argument === undefined ? [] : ['value'];
    const { calls } = await parse(flagName(key), ...value);
    const expected = key === 'source' ? ['value'] : (value[0] ?? true);
    expect(calls).toEqual([['run', [], { [key]: expected }]]);
  });
});

test.each([
  [['status'], ['status', [], {}]],
  [
    ['status', '--db', 'x', '--config', 'c', '--json'],
    ['status', [], { db: 'x', config: 'c', json: true }],
  ],
  [['files'], ['files', [], {}]],
  [
    ['files', 'a', 'b', '--json'],
    ['files', ['a', 'b'], { json: true }],
  ],
])('ingest %j calls its action', async (args, call) => {
  expect((await parse(...args)).calls).toEqual([call]);
});

test.each([
  [['--sinc', '7d'], "unknown option '--sinc'", 'Did you mean --since?'],
  [['a', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
  [['status', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
  [['status', '--since', '7d'], "unknown option '--since'", 'see ingest status --help'],
  [['-x'], "unknown option '-x'", 'see ingest --help'],
  [['--db'], "option '--db <file>' argument missing", 'see ingest --help'],
  [['--source'], "option '--source <name...>' argument missing", 'see ingest --help'],
  [['status', 'a'], "too many arguments for 'status'", 'see ingest status --help'],
])(
  'ingest %j ends with exit code 2, the nearest right word, and nothing written',
  async (args, what, fix) => {
    const { calls, written, thrown } = await parse(...args);
    expect(thrown).toBeInstanceOf(IngestError);
    expect(thrown).toMatchObject({ exitCode: 2, message: expect.stringContaining(what), hint: fix });
    expect([calls, written]).toEqual([[], '']);
  },
);

test.each([
  [['--version'], `${manifest.version}\n`],
  [['-V'], `${manifest.version}\n`],
  [['--help'], 'Usage: ingest [options] [root...]\n'],
  [['help'], 'Usage: ingest [options] [root...]\n'],
  [['run', '--help'], 'Usage: ingest run [options] [root...]\n'],
  [['help', 'files'], 'Usage: ingest files [options] [path...]\n'],
])('ingest %j is written and ends with exit code 0', async (args, start) => {
  const { calls, written, thrown } = await parse(...args);
  expect(thrown).toBeInstanceOf(CommanderError);
  expect(thrown).toMatchObject({ exitCode: 0 });
  expect(written.startsWith(start)).toBe(true);
  expect(calls).toEqual([]);
});

test.each([[['--help']], ...commands.map(({ name }) => [[name, '--help']])])(
  'ingest %j fits 80 columns',
  async (args) => {
    const { written } = await parse(...args);
    expect(written.split('\n').filter((line) => line.length > 80)).toEqual([]);
  },
);

test('the help names every option, every command and every exit code', async () => {
  const { written } = await parse('--help');
  for (const key of optionKeys) expect(written).toContain(flagName(key));
  for (const { name } of commands) expect(written).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  for (const code of [0, 1, 2, 3, 4, 11, 130, 143]) expect(written).toMatch(new RegExp(`^ +${code}  `, 'm'));
});

test.each([
  ['stauts', 'status'],
  ['status', 'status'],
  ['file', 'files'],
  ['data', null],
  ['/mnt/xray', null],
])('the root %s may be the command %s', (word, command) => {
  expect(suggestCommand(word)).toBe(command);
});

describe('an option whose value was forgotten', () => {
  test.each([
    [['--on-failure', '--db', 'e.db'], '--on-failure', '--db'],
    [['--db', '--db', 'e.db'], '--db', '--db'],
    [['status', '--db', '--json'], '--db', '--json'],
    [['rejects', '--code', '-q'], '--code', '-q'],
    [['--table', '--limit=3', 'a'], '--table', '--limit=3'],
    [['--source', '--help'], '--source', '--help'],
  ])('%j does not take the next option for it', (args, option, next) => {
    const message = `${option} has no value: the option ${next} follows it`;
    expect(() => checkValues(args)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  test.each([
    [['--db=--db', '--json']],
    [['--limit', '-5']],
    [['--table', '--odd', '--json']],
    [['--source', 'a', 'b', '--db', 'x']],
    [['doctor', '--verify', '--json']],
    [['--json', '--quiet']],
    [['--', '--db', '--db']],
    [['a', '--db']],
  ])('%j is left alone', (args) => {
    expect(() => checkValues(args)).not.toThrow();
  });

  test('is exit 2, and nothing is run', async () => {
    const dir = workdir();
    const { code, stderr } = await dir.ingest(['--on-failure', '--db', 'e.db']);
    expect([code, stderr.split('\n')[1]]).toEqual([
      2,
      '  to do: give it one; --on-failure=--db says that "--db" is it',
    ]);
    expect(readdirSync(dir.root)).toEqual([]);
  });
});
