import { Command, type CommanderError, Help, Option } from 'commander';
import { nearest, suggestion } from '../config/nearest.js';
import { flagName, type OptionKey, options } from '../config/options.js';
import type { Given } from '../config/resolve.js';
import type { Raw } from '../config/valueTypes.js';
import { IngestError } from '../domain/errors.js';
import {
  type Call,
  type Command as CommandEntry,
  type CommandName,
  commands,
  defaultCommand,
  type OwnOption,
} from './commands.js';
import { examples, exitCodes, programVersion } from './words.js';

/** Does what the command line asks for. */
export type Perform = (command: CommandName, call: Call) => Promise<void>;

const helpWidth = 80;

const notes = `
Every option also reads the environment (--dry-run: INGEST_DRY_RUN=1) and the
config file ("dryRun": true): flag, then environment, then file, then default.

Exit codes:
${exitCodes.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}\n`).join('')}`;

const exampleWidth = Math.max(...examples.map(([line, says]) => (says === '' ? 0 : line.length)));
const exampleNotes = `
Examples:
${examples.map(([line, says]) => `  $ ${line.padEnd(exampleWidth)}   ${says}`.trimEnd()).join('\n')}
`;

/**
 * The command line. Parsing throws IngestError('usage') for what it does not know, with the nearest right word,
 * and after the help or the version is written a CommanderError with exit code 0.
 */
export function buildProgram(perform: Perform): Command {
  const program = new Command('ingest')
    .description('Keeps one SQLite database equal to the CSV and JSON files on your shares.')
    .usage('[options] [root...]')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride((error) => rethrow(error, 'ingest'))
    .configureOutput({ outputError: () => {} });
  for (const entry of commands) addCommand(program, entry, perform);
  addHelpCommand(program);
  const run = program.commands.find((command) => command.name() === defaultCommand);
  return program
    .configureHelp({ helpWidth, visibleOptions: (command) => withOptionsOf(run, program, command) })
    .addHelpText('after', notes + exampleNotes);
}

function addCommand(program: Command, entry: CommandEntry & { name: CommandName }, perform: Perform): void {
  const isDefault = entry.name === defaultCommand;
  const command = program.command(entry.name, { isDefault }).description(entry.description);
  if (!isDefault) command.exitOverride((error) => rethrow(error, `ingest ${entry.name}`));
  if (entry.argument !== undefined) command.argument(...entry.argument);
  for (const key of entry.options) command.addOption(commanderOption(key));
  for (const own of entry.own ?? []) command.addOption(ownOption(own));
  command
    .configureHelp({ helpWidth })
    .action((...given: unknown[]) => perform(entry.name, callOf(entry, given.at(-1) as Command)));
  if (isDefault) command.addHelpText('after', notes + exampleNotes);
}

/** Commander's own has no words for a command that it does not know. */
function addHelpCommand(program: Command): void {
  program
    .command('help')
    .description('print the help of a command')
    .argument('[command]')
    .helpOption(false)
    .action((name?: string) => {
      const command = name === undefined ? program : program.commands.find((one) => one.name() === name);
      if (command) return command.help();
      const hint = suggestion(
        name ?? '',
        commands.map((one) => one.name),
      );
      throw new IngestError('usage', `there is no command "${name}"`, hint);
    });
}

/** The command that `word` is most likely a slip of, or null: for a root that does not exist. */
export function suggestCommand(word: string): string | null {
  return nearest(word, [...commands.map(({ name }) => name), 'help'], 2);
}

/** The values stay text here: `src/config` reads them as it reads the environment. */
function commanderOption(key: OptionKey): Option {
  const { short, argument, description, defaultText } = options[key];
  const flags = [short === undefined ? flagName(key) : `${short}, ${flagName(key)}`, argument]
    .join(' ')
    .trim();
  return new Option(
    flags,
    defaultText === undefined ? description : `${description} (default: ${defaultText})`,
  );
}

function ownOption({ name, argument = '', description }: OwnOption): Option {
  return new Option(`--${name} ${argument}`.trim(), description);
}

function callOf(entry: CommandEntry, command: Command): Call {
  const names = new Set((entry.own ?? []).map(({ name }) => name));
  const parts = Object.entries(command.opts<Given & Call['own']>()).flatMap(asSaid);
  return {
    args: command.args,
    flags: Object.fromEntries(parts.filter(([name]) => !names.has(name))),
    own: Object.fromEntries(parts.filter(([name]) => names.has(name))) as Call['own'],
  };
}

/** Commander keeps `--no-color` as the opposite of a `color` that is on; `--cache` may also have a value. */
function asSaid([name, value]: [string, Raw]): [string, Raw][] {
  const opposite = `no${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  if (!(opposite in options)) return [[name, value]];
  if (value === false) return [[opposite, true]];
  return value === true ? [] : [[name, value]];
}

function withOptionsOf(run: Command | undefined, program: Command, command: Command): Option[] {
  const own = new Help().visibleOptions(command);
  return command === program && run !== undefined ? [...run.options, ...own] : own;
}

/** Commander's own words in the shape of every other error, so that they are printed in one place. */
function rethrow(error: CommanderError, line: string): never {
  if (error.exitCode === 0) throw error;
  const [, message = error.message, hint] = /^(?:error: )?(.*?)(?:\n\((.*)\))?$/s.exec(error.message) ?? [];
  throw new IngestError('usage', message, hint ?? `see ${line} --help`, { cause: error });
}
