import { basename, resolve } from 'node:path';
import { IngestError } from '../domain/errors.js';
import type {
  CsvSettings,
  Deadlines,
  Dedupe,
  ParseSettings,
  SourceSettings,
  TableRule,
} from '../domain/settings.js';
import { parseBytes } from './byteSize.js';
import { parseDuration } from './duration.js';
import { fixedPart } from './fixedPart.js';
import { redactSettings } from './nameList.js';
import { isCommanded, type Resolved, type Values } from './resolve.js';
import type { ConfiguredSource, PerTable } from './schema.js';
import { everything, tableNameProblem } from './tableName.js';

const defaultSettleMs = 2_000;
export const defaultDeadlines: Deadlines = { metadata: 15_000, read: 30_000, file: 600_000 };
const defaultFullScanMs = 7 * 86_400_000;

/** The options that say something of every source; those of a config file give way to the source's own. */
export type SourceOptions = Pick<Values, 'dedupe' | 'key' | 'order'>;

/**
 * The source that a root on the command line stands for: named after the last part of its fixed part. For a
 * root that turns out to be a file, give its folder. Throws IngestError('usage') for a table name that is taken.
 */
export function adHocSource(root: string, table: string | null, options: SourceOptions): SourceSettings {
  const name = basename(fixedPart(root)) || 'root';
  const problem = tableNameProblem(table ?? name);
  if (problem !== null) {
    const message =
      table === null ? `root ${root}: table "${name}": ${problem}` : `--table "${table}": ${problem}`;
    throw new IngestError('usage', message, 'name another table with --table');
  }
  return {
    name,
    root,
    configured: false,
    include: null,
    exclude: [],
    tables: [tableRule(everything, table ?? name, {}, '', options)],
    order: null,
    onDelete: 'keep',
    ...shareSettings({}),
  };
}

/**
 * A source of the config file with its defaults filled in; `folder` is where the file stands.
 * Throws IngestError('config') when its name is not one for a table and nothing else is said.
 */
export function configuredSource(
  source: ConfiguredSource,
  folder: string,
  options: SourceOptions,
): SourceSettings {
  return {
    name: source.name,
    root: resolve(folder, source.root),
    configured: true,
    include: source.include ?? null,
    exclude: source.exclude ?? [],
    tables: tableRules(source, folder, options),
    order: isCommanded(options.order) ? null : (source.order ?? null),
    onDelete: source.onDelete ?? 'keep',
    ...shareSettings(source),
  };
}

type ShareKey =
  | 'settle'
  | 'deadlines'
  | 'sentinel'
  | 'requireMount'
  | 'minFiles'
  | 'recentDays'
  | 'immutable'
  | 'fullScan';

/** How a source's share is dealt with. */
function shareSettings(
  own: Pick<ConfiguredSource, ShareKey>,
): Pick<SourceSettings, 'settleMs' | 'deadlines' | 'health' | 'thrift'> {
  const { sentinel = null, requireMount = null, minFiles = 0, recentDays = null, immutable = false } = own;
  return {
    settleMs: milliseconds(own.settle, defaultSettleMs),
    deadlines: {
      metadata: milliseconds(own.deadlines?.metadata, defaultDeadlines.metadata),
      read: milliseconds(own.deadlines?.read, defaultDeadlines.read),
      file: milliseconds(own.deadlines?.file, defaultDeadlines.file),
    },
    health: { sentinel, requireMount, minFiles },
    thrift: { recentDays, immutable, everyMs: milliseconds(own.fullScan, defaultFullScanMs) },
  };
}

function milliseconds(time: string | undefined, otherwise: number): number {
  return time === undefined ? otherwise : (parseDuration(time) ?? otherwise);
}

/** The entries of `tables`, then the source's own table for the rest. */
function tableRules(source: ConfiguredSource, folder: string, options: SourceOptions): TableRule[] {
  const rules = (source.tables ?? []).map(({ match, table, ...own }) =>
    tableRule(match, table, { ...source, ...own, csv: { ...source.csv, ...own.csv } }, folder, options),
  );
  return rules.at(-1)?.match === everything ? rules : [...rules, restRule(source, folder, options)];
}

function restRule(source: ConfiguredSource, folder: string, options: SourceOptions): TableRule {
  const table = source.table ?? source.name;
  const problem = tableNameProblem(table);
  if (problem !== null) {
    throw new IngestError(
      'config',
      `source "${source.name}": ${problem}`,
      'give it a "table" of another name',
    );
  }
  return tableRule(everything, table, source, folder, options);
}

function tableRule(
  match: string,
  table: string,
  own: PerTable,
  folder: string,
  options: SourceOptions,
): TableRule {
  const dedupe: Dedupe = chosen(options.dedupe, own.dedupe);
  return {
    match,
    table,
    parse: parseSettings(own, folder),
    pathColumns: own.pathColumns ?? null,
    dedupe,
    key: dedupe === 'key' ? chosen(options.key, own.key) : [],
    indexes: own.indexes ?? [],
  };
}

const defaultMaxRecordBytes = 10 * 1024 * 1024;

/** What is not said is found in each file. */
const defaultCsv: CsvSettings = {
  encoding: 'auto',
  delimiter: 'auto',
  quote: 'auto',
  escape: 'auto',
  header: 'auto',
  preamble: 'auto',
  units: 'keep',
  engine: 'auto',
  decimal: 'auto',
};

function parseSettings(own: PerTable, folder: string): ParseSettings {
  const { types, csv = {}, nulls, ragged, maxRecordBytes, validate, records, children } = own;
  return {
    types: types ?? 'auto',
    csv: { ...defaultCsv, ...withoutUndefined(csv), escape: escapeOf(csv.escape) },
    nulls: nulls ?? [''],
    ragged: ragged ?? 'reject',
    maxRecordBytes: parseBytes(maxRecordBytes ?? defaultMaxRecordBytes) ?? defaultMaxRecordBytes,
    validate: validate ?? {},
    records: records?.split('.') ?? [],
    children: children ?? {},
    redact: redactSettings(own, folder),
  };
}

/** How files are read of which nothing is said. */
export const defaultParse: ParseSettings = parseSettings({}, '.');

function withoutUndefined<T extends object>(settings: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Written as the character: a backslash, or the quote itself, which is doubled. */
function escapeOf(char: string | undefined): CsvSettings['escape'] {
  if (char === undefined || char === 'auto') return 'auto';
  return char === '\\' ? 'backslash' : 'doubled';
}

/** Flag and environment come before what a source says, the rest of the config file after it. */
function chosen<T>(option: Resolved<T>, own: T | undefined): T {
  return isCommanded(option) ? option.value : (own ?? option.value);
}
