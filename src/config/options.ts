import type { Dedupe, Order, RejectLimit, Shard } from '../domain/settings.js';
import {
  choice,
  list,
  onOff,
  rejectLimit,
  shard,
  text,
  type ValueType,
  webAddress,
  wholeNumber,
} from './valueTypes.js';

export const orders = ['newest', 'oldest', 'smallest', 'largest', 'path'] as const satisfies readonly Order[];
export const dedupes = ['row', 'key', 'none'] as const satisfies readonly Dedupe[];

/** One option of the main job. Its name is its key in the table with dashes: `dryRun` is `--dry-run`. */
export interface OptionEntry<T> {
  readonly short?: string;
  /** As commander writes it, `<file>`; a switch has none. */
  readonly argument?: string;
  readonly description: string;
  /** The default in words, for the help. */
  readonly defaultText?: string;
  readonly type: ValueType<T>;
  readonly default: T | null;
}

function option<T>(entry: OptionEntry<T>): OptionEntry<T> {
  return entry;
}

function withDefault<T>(entry: OptionEntry<T> & { readonly default: T }): OptionEntry<T> & { default: T } {
  return entry;
}

function onOffOption(description: string, short?: string): OptionEntry<boolean> & { default: boolean } {
  return { description, type: onOff, default: false, ...(short === undefined ? {} : { short }) };
}

/** All options: what the command line, the environment, the config file and the help know comes from here. */
export const options = {
  db: withDefault({
    argument: '<file>',
    description: 'the SQLite database',
    defaultText: 'ingest.db',
    type: text('the name of a file'),
    default: 'ingest.db',
  }),
  config: option({
    argument: '<file>',
    description: 'config file',
    defaultText: './ingest.config.json, then $XDG_CONFIG_HOME/ingest/config.json',
    type: text('the name of a file'),
    default: null,
  }),
  source: withDefault({
    argument: '<name...>',
    description: 'only these configured sources',
    defaultText: 'all enabled',
    type: list('names of sources'),
    default: [],
  }),
  table: option({
    argument: '<name>',
    description: 'target table for the roots given here',
    defaultText: "the root's name",
    type: text('the name of a table'),
    default: null,
  }),
  since: option({
    argument: '<when>',
    description: 'only files modified since: a date or time, 36h, 7d, 2w, yesterday, last-run',
    type: text('a time such as 2026-11-01, 36h, yesterday or last-run'),
    default: null,
  }),
  until: option({
    argument: '<when>',
    description: 'only files modified until; a day counts whole',
    type: text('a time such as 2026-11-01, 36h or yesterday'),
    default: null,
  }),
  limit: option({
    argument: '<n>',
    description: 'at most n files this run',
    type: wholeNumber(1),
    default: null,
  }),
  order: withDefault<Order>({
    argument: '<order>',
    description: `which files first: ${orders.join(', ')}`,
    defaultText: 'newest',
    type: choice<Order>(orders),
    default: 'newest',
  }),
  concurrency: option({
    argument: '<n>',
    description: 'files in flight',
    defaultText: '4 on a local file system, 16 on a network one',
    type: wholeNumber(1),
    default: null,
  }),
  workers: option({
    argument: '<n>',
    description: 'parser threads; 0 parses in-line',
    defaultText: 'cores, at most 8',
    type: wholeNumber(0),
    default: null,
  }),
  dryRun: onOffOption("print each file's decision and why; write nothing"),
  force: onOffOption('load again even if unchanged'),
  checksum: onOffOption('do not trust size and mtime: compare content'),
  dedupe: withDefault<Dedupe>({
    argument: '<mode>',
    description: 'what counts as the same record: row, key or none',
    defaultText: 'row',
    type: choice<Dedupe>(dedupes),
    default: 'row',
  }),
  key: withDefault({
    argument: '<cols>',
    description: 'key columns for --dedupe key, with commas between them',
    type: list('names of columns'),
    default: [],
  }),
  strict: onOffOption('any reject fails its file'),
  maxRejects: withDefault<RejectLimit>({
    argument: '<n|n%>',
    description: 'a file with more rejects fails whole; a share never means fewer than 10',
    defaultText: '5%',
    type: rejectLimit,
    default: { share: 0.05 },
  }),
  acceptShrink: onOffOption("load files held as shrunk; take a source's loss of files as true"),
  cache: option({
    argument: '<folder>',
    description: 'where parsed records are kept for another time',
    defaultText: '<db>.cache',
    type: text('the name of a folder'),
    default: null,
  }),
  noCache: onOffOption('without the parse cache'),
  cacheStats: onOffOption("print the cache's figures and exit"),
  clearCache: onOffOption('empty the cache and exit; ledger and data stay'),
  shard: option<Shard>({
    argument: '<i/n>',
    description: 'only files whose path hashes to shard i of n',
    defaultText: 'all',
    type: shard,
    default: null,
  }),
  json: onOffOption('JSON Lines on stdout'),
  quiet: onOffOption('less log on stderr', '-q'),
  verbose: onOffOption('more log on stderr', '-v'),
  logFile: option({
    argument: '<file>',
    description: 'JSON log to this file as well',
    type: text('the name of a file'),
    default: null,
  }),
  metricsFile: option({
    argument: '<file.prom>',
    description: 'Prometheus textfile, replaced at the end of each run',
    type: text('the name of a file'),
    default: null,
  }),
  pingUrl: option({
    argument: '<url>',
    description: 'told of each run: <url>/start, then <url>/<exit code> with the summary',
    type: webAddress,
    default: null,
  }),
  onFailure: option({
    argument: '<command>',
    description: 'run by the shell when the exit code is not 0, with the summary on stdin',
    type: text('a command line'),
    default: null,
  }),
  noProgress: onOffOption('no progress on stderr; there is none off a terminal either'),
  noColor: onOffOption('no colour; also NO_COLOR, TERM=dumb, or no terminal'),
};

export type OptionKey = keyof typeof options;

type ValueOf<E> = E extends { type: ValueType<infer T>; default: infer D }
  ? null extends D
    ? T | null
    : T
  : never;

/** What an option comes to: null only where it has no default. */
export type OptionValue<K extends OptionKey> = ValueOf<(typeof options)[K]>;

export const optionKeys = Object.keys(options) as OptionKey[];

/** These speak of one command line, or the file says the same in another way: with `sources` and `cache.path`. */
const commandLineOnly = ['config', 'source', 'table', 'cache', 'cacheStats', 'clearCache'] as const;
export type FileOption = Exclude<OptionKey, (typeof commandLineOnly)[number]>;

export const fileOptions = optionKeys.filter(
  (key): key is FileOption => !commandLineOnly.some((one) => one === key),
);

/** `dryRun` → `dry-run`. */
function optionName(key: OptionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function flagName(key: OptionKey): string {
  return `--${optionName(key)}`;
}

/** `dryRun` → `INGEST_DRY_RUN`. */
export function variableName(key: OptionKey): string {
  return `INGEST_${optionName(key).replaceAll('-', '_').toUpperCase()}`;
}
