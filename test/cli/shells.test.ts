import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Command, commands } from '../../src/cli/commands.ts';
import { manPage } from '../../src/cli/manPage.ts';
import { completions } from '../../src/cli/shells.ts';
import { switchesOf } from '../../src/cli/switches.ts';
import { workdir } from '../program.ts';

const all: readonly Command[] = commands;
const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const built = (name: string) => new URL(`../../dist/${name}`, import.meta.url);

/** What bash offers for the last of these words. */
function bashWords(...words: string[]): string[] {
  const script = `${completions.bash()}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ingest; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const found = execFileSync('bash', ['-c', script, 'bash', 'ingest', ...words]).toString();
  return found.trim() === '' ? [] : found.trim().split('\n');
}

describe.skipIf(!has('bash'))('completion for bash', () => {
  test.each([
    [['st'], ['status']],
    [['--dry'], ['--dry-run']],
    [['/mnt', '--order', 'ne'], ['newest']],
    [['files', '--dup'], ['--duplicates']],
    [['status', '--dup'], []],
    [['completion', 'f'], ['fish']],
    [['--db', ''], []],
    [['some/fol'], []],
  ])('%j', (words, offered) => {
    expect(bashWords(...words)).toEqual(offered);
  });
});

describe.skipIf(!has('fish'))('completion for fish', () => {
  test.each([
    ['ingest st', ['status']],
    ['ingest --dry', ['--dry-run']],
    ['ingest --order ne', ['newest']],
    ['ingest files --dup', ['--duplicates']],
    ['ingest completion f', ['fish']],
  ])('%s', (line, offered) => {
    const script = `${completions.fish()}\ncomplete -C '${line}'`;
    const found = execFileSync('fish', ['--no-config', '-c', script]).toString();
    expect(
      found
        .trim()
        .split('\n')
        .map((one) => one.split('\t')[0]),
    ).toEqual(offered);
  });
});

test.skipIf(!has('zsh'))('completion for zsh is a script that zsh takes, and announces itself', () => {
  const script = `autoload -Uz compinit; compinit -D; ${completions.zsh()}\necho $_comps[ingest]`;
  expect(execFileSync('zsh', ['-fc', script]).toString()).toBe('_ingest\n');
});

test.each(Object.entries(completions))('completion for %s knows every command and option', (_, script) => {
  const text = script();
  for (const command of all) {
    expect(text).toContain(command.name);
    for (const { flag } of switchesOf(command)) expect(text).toContain(flag.slice(2));
  }
});

test('completion prints a script, and names the shells there are', async () => {
  const dir = workdir();
  expect((await dir.ingest(['completion', 'bash'])).stdout).toBe(completions.bash());
  const { code, stderr } = await dir.ingest(['completion', 'fis']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "fish"?')]);
});

test('the man page is the one of this version, and names every command, option and exit code', () => {
  const page = readFileSync(built('ingest.1'), 'utf8');
  expect(page).toBe(manPage(manifest.version));
  expect(existsSync(new URL(`../../${manifest.man}`, import.meta.url))).toBe(true);
  const plain = page.replaceAll('\\-', '-');
  for (const command of all) {
    expect(plain).toContain(`ingest ${command.name}`);
    for (const { flag } of switchesOf(command)) expect(plain).toContain(flag);
  }
});

test.skipIf(spawnSync('mandoc', ['-V']).error)('mandoc finds no fault in the man page', () => {
  const lint = spawnSync('mandoc', ['-Tlint', '-Wwarning', built('ingest.1').pathname]).stdout.toString();
  // A page without a date is the same page after every build.
  expect(lint.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
});
