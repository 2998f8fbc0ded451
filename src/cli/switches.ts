import { flagName, type OptionKey, options } from '../config/options.js';
import type { Command } from './commands.js';

/** What may follow an option: nothing, a file, a word of the user's, or one of some words. */
export type Argument = 'none' | 'file' | 'word' | readonly string[];

/** An option of a command in the form in which shells and manuals want it. */
export interface Switch {
  /** `--dry-run` */
  readonly flag: string;
  /** `-q`, or null. */
  readonly short: string | null;
  /** `<file>`, or ''. */
  readonly placeholder: string;
  readonly argument: Argument;
  readonly description: string;
  readonly defaultText: string | null;
}

const help: Switch = {
  flag: '--help',
  short: '-h',
  placeholder: '',
  argument: 'none',
  description: 'print the help of the command',
  defaultText: null,
};

/** All options of a command, those of the option table first. */
export function switchesOf({ options: keys, own = [] }: Command): Switch[] {
  const ownSwitches = own.map(
    ({ name, argument = '', description }): Switch => ({
      ...help,
      flag: `--${name}`,
      short: null,
      placeholder: argument,
      argument: argument === '' ? 'none' : 'word',
      description,
    }),
  );
  return [...keys.map(tableSwitch), ...ownSwitches, help];
}

function tableSwitch(key: OptionKey): Switch {
  const { short = null, argument: placeholder = '', description, defaultText = null } = options[key];
  return { flag: flagName(key), short, placeholder, argument: argumentOf(key), description, defaultText };
}

function argumentOf(key: OptionKey): Argument {
  const { argument = '', type } = options[key];
  if (argument === '') return 'none';
  if (argument.startsWith('<file')) return 'file';
  return type.choices ?? 'word';
}
