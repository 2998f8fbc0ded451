import { variableName } from '../config/options.js';
import { type Command, commands, defaultCommand } from './commands.js';
import { type Switch, switchesOf } from './switches.js';
import { examples, exitCodes } from './words.js';

/** The manual page ingest(1) in the roff of man(7), made from the tables of commands, options and exit codes. */
export function manPage(version: string): string {
  const all: readonly Command[] = commands;
  const run = all.filter(({ name }) => name === defaultCommand).flatMap(switchesOf);
  const lines = [
    `.TH INGEST 1 "" "share\\-ingest ${version}" "User Commands"`,
    ...section('NAME', [
      `ingest \\- ${roff('keeps one SQLite database equal to CSV and JSON files on shares')}`,
    ]),
    ...section('SYNOPSIS', [
      '.B ingest',
      roff('[options] [root...]'),
      '.br',
      '.B ingest',
      roff('<command> [options]'),
    ]),
    ...section('DESCRIPTION', description.map(roff)),
    ...section('COMMANDS', all.flatMap(commandLines)),
    ...section('OPTIONS', run.flatMap(switchLines)),
    ...section(
      'EXIT STATUS',
      exitCodes.flatMap(([code, meaning]) => tagged(`\\fB${code}\\fR`, roff(meaning))),
    ),
    ...section('ENVIRONMENT', [
      roff(`Every option reads a variable: --dry-run reads ${variableName('dryRun')}.`),
    ]),
    ...section(
      'FILES',
      files.flatMap(([name, says]) => tagged(`\\fI${roff(name)}\\fR`, roff(says))),
    ),
    ...section(
      'EXAMPLES',
      examples.flatMap(([line, says]) => tagged(`\\fB${roff(line)}\\fR`, roff(says))),
    ),
  ];
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

const description = [
  'Reads the CSV and JSON files that lie on shares, each once, and keeps one SQLite database equal to them.',
  'What is unchanged is not opened; every file ends in one state with a reason; every record is stored once.',
  'Without roots, the sources of the config file are taken.',
];

const files: readonly (readonly [name: string, says: string])[] = [
  ['./ingest.config.json', 'the config file: JSON with comments'],
  ['$XDG_CONFIG_HOME/ingest/config.json', 'the same where there is none in the working folder'],
  ['<db>.lock, <db>.tmp/', 'beside the database, of the run that goes on'],
];

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines];
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', tag, text];
}

function commandLines(command: Command): string[] {
  const { name, argument: [form] = [''], description: says, own = [] } = command;
  const ownSwitches = switchesOf(command).filter(({ flag }) => own.some((one) => `--${one.name}` === flag));
  const nested = ownSwitches.length === 0 ? [] : ['.RS', ...ownSwitches.flatMap(switchLines), '.RE'];
  return [...tagged(`\\fB${roff(`ingest ${name}`)}\\fR ${roff(form)}`.trimEnd(), roff(says)), ...nested];
}

function switchLines({ flag, short, placeholder, description: says, defaultText }: Switch): string[] {
  const names = short === null ? flag : `${short}, ${flag}`;
  const tag = `\\fB${roff(names)}\\fR ${roff(placeholder)}`.trimEnd();
  return tagged(tag, roff(defaultText === null ? says : `${says} (default: ${defaultText})`));
}

/** Text that roff takes for nothing else. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
