import { readFileSync } from 'node:fs';
import { Command, type CommanderError, Help, Option } from 'commander';
import { nearest } from '../config/nearest.js';
import { flagName, type OptionKey, optionKeys, options } from '../config/options.js';
import type { Given } from '../config/resolve.js';
import { IngestError } from '../domain/errors.js';

/** What the commands do; `flags` holds only what the command line says. */
export interface Actions {
  run(roots: string[], flags: Given): Promise<void>;
  status(flags: Given): Promise<void>;
  files(paths: string[], flags: Given): Promise<void>;
  rejects(paths: string[], flags: Given, own: Record<string, string | boolean>): Promise<void>;
}

const helpWidth = 80;
const databaseOptions = ['db', 'config', 'json'] as const satisfies readonly OptionKey[];

const notes = `
Every option also reads the environment (--dry-run: INGEST_DRY_RUN=1) and the
config file ("dryRun": true): flag, then environment, then file, then default.

Exit codes:
    0  done; also when nothing was new
    1  fatal: nothing more could be done (disk full, database damaged, a bug)
    2  usage or config error; nothing was touched
    3  partial: a file failed or is held, or a record was rejected
    4  a source was unreachable, hung or unexpectedly empty; others were done
   11  another run holds the database; nothing was touched
  130  interrupted by SIGINT; what was in flight is finished or rolled back
  143  the same by SIGTERM
`;

const examples = `
Examples:
  $ ingest /mnt/xray                         one folder into ./ingest.db
  $ ingest --db plant.db '/mnt/xray/**/*_lot.csv' --table lots
  $ ingest                                   the sources of ./ingest.config.json
  $ ingest --source xray --since yesterday   one of them, lately modified files
  $ ingest --dry-run                         what would be done, and why
  $ ingest status                            what the database holds
`;

/**
 * The command line. Parsing throws IngestError('usage') for what it does not know, with the nearest right word,
 * and after the help or the version is written a CommanderError with exit code 0.
 */
export function buildProgram(actions: Actions): Command {
  const program = new Command('ingest')
    .description('Keeps one SQLite database equal to the CSV and JSON files on your shares.')
    .usage('[options] [root...]')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .exitOverride(rethrow)
    .configureOutput({ outputError: () => {} });
  const run = runCommand(program, actions);
  addStatus(program, actions);
  addFiles(program, actions);
  addRejects(program, actions);
  return program
    .configureHelp({ helpWidth, visibleOptions: (command) => withOptionsOf(run, program, command) })
    .addHelpText('after', notes + examples);
}

function runCommand(program: Command, actions: Actions): Command {
  return command(program, 'run', 'ingest the roots, or the sources of the config file (default)', optionKeys)
    .argument('[root...]', 'folders, files or globs')
    .addHelpText('after', notes + examples)
    .action((roots: string[], _, self: Command) => actions.run(roots, flagsOf(self)));
}

function addStatus(program: Command, actions: Actions): void {
  command(program, 'status', 'show ledger, tables and last runs', databaseOptions).action(
    (_, self: Command) => actions.status(flagsOf(self)),
  );
}

function addFiles(program: Command, actions: Actions): void {
  command(program, 'files', 'show the history of files', databaseOptions)
    .argument('[path...]', 'only these files')
    .action((paths: string[], _, self: Command) => actions.files(paths, flagsOf(self)));
}

function addRejects(program: Command, actions: Actions): void {
  command(program, 'rejects', 'show the records that could not be stored, or try them again', databaseOptions)
    .argument('[path...]', 'only those of these files, folders or sources')
    .option('--code <code>', 'only those rejected for this reason')
    .option('--csv', 'write them as CSV')
    .option('--replay', 'try them again under the settings of today')
    .action((paths: string[], _, self: Command) => {
      const { code, csv, replay, ...flags } = flagsOf(self) as Record<string, string | boolean>;
      return actions.rejects(paths, flags, {
        ...(code && { code }),
        ...(csv && { csv }),
        ...(replay && { replay }),
      });
    });
}

/** The command that `word` is most likely a slip of, or null: for a root that does not exist. */
export function suggestCommand(word: string): string | null {
  return nearest(word, ['run', 'status', 'files', 'rejects', 'help'], 2);
}

function command(program: Command, name: string, description: string, keys: readonly OptionKey[]): Command {
  const added = program.command(name, { isDefault: name === 'run' }).description(description);
  for (const key of keys) added.addOption(commanderOption(key));
  return added.configureHelp({ helpWidth });
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

/** Commander keeps `--no-color` as the opposite of a `color` that is on. */
function flagsOf(command: Command): Given {
  const { color, ...flags } = command.opts<Given & { color: boolean }>();
  return color === false ? { ...flags, noColor: true } : flags;
}

function withOptionsOf(run: Command, program: Command, command: Command): Option[] {
  const own = new Help().visibleOptions(command);
  return command === program ? [...run.options, ...own] : own;
}

/** Commander's own words in the shape of every other error, so that they are printed in one place. */
function rethrow(error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  const [, message = error.message, hint] = /^(?:error: )?(.*?)(?:\n\((.*)\))?$/s.exec(error.message) ?? [];
  throw new IngestError('usage', message, hint ?? 'see ingest --help', { cause: error });
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
