import { type OptionKey, optionKeys } from '../config/options.js';
import type { Given } from '../config/resolve.js';

/** What the command line says to one command. */
export interface Call {
  readonly args: readonly string[];
  /** Options of the option table; only what the command line says. */
  readonly flags: Given;
  /** Options that only this command has, by their names without dashes; a switch is `true`. */
  readonly own: Readonly<Record<string, string | boolean>>;
}

/** Does the work of a command and returns the exit code. */
export type Action = (call: Call) => Promise<number> | number;

/** An option that only one command has; neither the environment nor the config file knows it. */
export interface OwnOption {
  readonly name: string;
  /** As commander writes it, `<n>` or `[n]`; a switch has none. */
  readonly argument?: string;
  readonly description: string;
}

/** One command as the command line knows it. */
export interface Command {
  readonly name: string;
  readonly description: string;
  /** As commander writes it, with what it is. */
  readonly argument?: readonly [form: string, description: string];
  /** Of the option table. */
  readonly options: readonly OptionKey[];
  readonly own?: readonly OwnOption[];
}

const databaseOptions = ['db', 'config', 'json'] as const satisfies readonly OptionKey[];

/** All commands: the command line, the help, the completion and the man page come from here. */
export const commands = [
  {
    name: 'run',
    description: 'ingest the roots, or the sources of the config file (default)',
    argument: ['[root...]', 'folders, files or globs'],
    options: optionKeys,
  },
  {
    name: 'status',
    description: 'show ledger, tables and last runs',
    options: databaseOptions,
  },
  {
    name: 'files',
    description: 'show the history of files',
    argument: ['[path...]', 'only these files'],
    options: databaseOptions,
    own: [{ name: 'duplicates', description: 'files of the same content and the space they take' }],
  },
  {
    name: 'rejects',
    description: 'show the records that could not be stored, or try them again',
    argument: ['[path...]', 'only those of these files, folders or sources'],
    options: databaseOptions,
    own: [
      { name: 'code', argument: '<code>', description: 'only those rejected for this reason' },
      { name: 'csv', description: 'write them as CSV' },
      { name: 'replay', description: 'try them again under the settings of today' },
    ],
  },
  {
    name: 'runs',
    description: 'show the last runs',
    options: databaseOptions,
    own: [{ name: 'last', argument: '<n>', description: 'how many (default: 20)' }],
  },
  {
    name: 'explain',
    description: 'why files are in the database or not, and what comes next',
    argument: ['<path...>', 'files on disk, or source/path'],
    options: databaseOptions,
  },
  {
    name: 'config',
    description: 'show every setting and where it comes from',
    argument: ['[root...]', 'as for run'],
    options: optionKeys,
  },
  {
    name: 'doctor',
    description: 'examine database and sources: a score, and what to do about it',
    options: databaseOptions,
    own: [
      {
        name: 'verify',
        argument: '[n]',
        description: 'read n files, or all, and compare them with the ledger (default: 100)',
      },
    ],
  },
  {
    name: 'init',
    description: 'look at a root and write a commented config file for it',
    argument: ['<root>', 'a folder, a file or a glob'],
    options: ['config', 'json'],
  },
  {
    name: 'completion',
    description: 'print the completion script of bash, zsh or fish',
    argument: ['<shell>', 'bash, zsh or fish'],
    options: ['json'],
  },
] as const satisfies readonly Command[];

export type CommandName = (typeof commands)[number]['name'];

/** The main job, which runs when no command is named. */
export const defaultCommand = 'run';
