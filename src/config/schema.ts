import { z } from 'zod';
import { segmentWriters } from '../domain/settings.js';
import { parseBytes } from './byteSize.js';
import { csvSettings, validateSetting } from './csvSchema.js';
import { parseDuration } from './duration.js';
import { dedupes, type FileOption, fileOptions, options, orders } from './options.js';
import { pathColumnsProblem } from './pathColumns.js';
import { nameListSetting, redactSetting } from './redactSchema.js';
import { everything, tableNameProblem } from './tableName.js';
import { choice, list, textSchema, wholeNumber } from './valueTypes.js';

const columnNames = list('a list of column names').schema(z) as z.ZodType<readonly string[]>;

const globs = 'a list of globs such as ["**/*.csv"]';

const tableName = textSchema(z, 'the name of a table').superRefine((name, context) => {
  const message = tableNameProblem(name);
  if (message !== null)
    context.addIssue({ code: 'custom', message, params: { hint: 'choose another name' } });
});

const pathColumns = textSchema(z, 'a pattern such as "{machine}/{lot}_*.csv"').superRefine(
  (pattern, context) => {
    const message = pathColumnsProblem(pattern);
    const hint = 'write a pattern such as "{machine}/{lot}_*.csv"';
    if (message !== null) context.addIssue({ code: 'custom', message, params: { hint } });
  },
);

const duration = textSchema(z, 'a time such as "2s", "500ms" or "36h"').refine(
  (text) => parseDuration(text) !== null,
  {
    error: 'this is not a time',
    params: { hint: 'write a time such as "2s", "500ms", "36h", "7d" or "2w"' },
  },
);

const byteSize = z.union(
  [
    z.int().min(1),
    z.string().refine((text) => parseBytes(text) !== null, {
      error: 'this is not a size',
      params: { hint: 'write a size such as "10MiB", "512KiB" or 1048576' },
    }),
  ],
  'a size such as "10MiB" or 1048576',
);

const columnType = choice(['text', 'integer', 'real']).schema(z) as z.ZodType<'text' | 'integer' | 'real'>;
const types = z.union(
  [z.enum(['auto', 'text']), z.record(z.string(), columnType)],
  '"auto", "text", or types by column such as {"lot": "text"}',
);

/** Settings that a `tables` entry may override for its source. */
const perTable = {
  csv: csvSettings.optional(),
  nulls: z.array(z.string('a text'), 'a list of texts such as ["", "NA"]').optional(),
  ragged: z.enum(['reject', 'pad'], 'one of reject, pad').optional(),
  maxRecordBytes: byteSize.optional(),
  validate: validateSetting.optional(),
  records: textSchema(z, 'the keys that lead to the records, such as "data.items"')
    .regex(/^[^.]+(?:\.[^.]+)*$/, 'keys with a dot between two, such as "data.items"')
    .optional(),
  children: z
    .record(z.string(), tableName, 'tables by list, such as {"encounters": "encounters"}')
    .optional(),
  redact: redactSetting.optional(),
  nameList: nameListSetting.optional(),
  types: types.optional(),
  pathColumns: pathColumns.optional(),
  dedupe: z.enum(dedupes, `one of ${dedupes.join(', ')}`).optional(),
  key: columnNames.optional(),
  indexes: z.array(columnNames, 'lists of column names such as [["timestamp", "machine_id"]]').optional(),
};

const rule = z.strictObject(
  { match: textSchema(z, 'a glob such as "**/*_lot.csv"'), table: tableName, ...perTable },
  'an object with "match" and "table"',
);

const tables = z.array(rule, 'a list of objects with "match" and "table"').superRefine((rules, context) => {
  const rest = rules.findIndex(({ match }) => match === everything);
  if (rest < 0 || rest === rules.length - 1) return;
  const message = 'nothing is left for it, the entry before matches everything';
  const params = { hint: `put the entry with "match": "${everything}" last` };
  context.addIssue({ code: 'custom', message, path: [rest + 1], params });
});

const deadlines = z.strictObject(
  { metadata: duration.optional(), read: duration.optional(), file: duration.optional() },
  'times such as {"metadata": "15s", "read": "30s", "file": "10m"}',
);

const mount = z.union(
  [z.boolean(), textSchema(z, '').regex(/^([/\\]|[A-Za-z]:)/, '')],
  'true, false, or the absolute path at which the share must be mounted',
);

const source = z.strictObject(
  {
    name: textSchema(z, 'the name of the source'),
    root: textSchema(z, 'a folder, a file or a glob'),
    include: z.array(textSchema(z, 'a glob'), globs).min(1, globs).optional(),
    exclude: z.array(textSchema(z, 'a glob'), globs).optional(),
    enabled: z.boolean('true or false').optional(),
    table: tableName.optional(),
    tables: tables.optional(),
    order: z.enum(orders, `one of ${orders.join(', ')}`).optional(),
    onDelete: z.enum(['keep', 'remove'], 'one of keep, remove').optional(),
    settle: duration.optional(),
    sentinel: textSchema(z, 'a file that stands on the share, relative to the root').optional(),
    requireMount: mount.optional(),
    minFiles: wholeNumber(1).schema(z).optional(),
    deadlines: deadlines.optional(),
    recentDays: wholeNumber(1).schema(z).optional(),
    immutable: z.boolean('true or false').optional(),
    fullScan: duration.optional(),
    ...perTable,
  },
  'an object with "name" and "root"',
);

const sources = z.array(source, 'a list of sources').superRefine((all, context) => {
  const names = all.map(({ name }) => name);
  names.forEach((name, i) => {
    if (names.indexOf(name) === i) return;
    const params = { hint: 'give every source a name of its own' };
    context.addIssue({ code: 'custom', message: `a second source "${name}"`, path: [i, 'name'], params });
  });
});

/** What is wrong with settings that only make sense together. */
function thriftProblem({ root, recentDays, immutable, fullScan }: ConfiguredSource): ThriftProblem | null {
  if (recentDays !== undefined && !/\{(yyyy|mm|dd|HH)\}/.test(root)) {
    const message = 'the folders of this root have no dates';
    return { key: 'recentDays', message, hint: 'write the root with dates: "/mnt/xray/{yyyy}/{mm}/{dd}"' };
  }
  if (fullScan === undefined || recentDays !== undefined || immutable === true) return null;
  const message = 'every scan of this source is a full one';
  return { key: 'fullScan', message, hint: 'add "recentDays" or "immutable": true, or take it out' };
}

interface ThriftProblem {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

const cache = z.strictObject(
  {
    path: textSchema(z, 'the name of a folder').optional(),
    maxBytes: byteSize.optional(),
    ttl: duration.optional(),
  },
  'an object such as {"maxBytes": "2GiB", "ttl": "90d"}',
);

const batch = z.strictObject(
  {
    rows: wholeNumber(1).schema(z).optional(),
    writer: z.enum(segmentWriters, `one of ${segmentWriters.join(', ')}`).optional(),
  },
  'an object such as {"rows": 50000}',
);

type OptionSchemas = { [K in FileOption]: z.ZodOptional<ReturnType<(typeof options)[K]['type']['schema']>> };

const optionSchemas = Object.fromEntries(
  fileOptions.map((key) => [key, options[key].type.schema(z).optional().describe(options[key].description)]),
) as OptionSchemas;

/** The config file. Nothing in it transforms, so that it converts to a JSON Schema. */
export const configSchema = z
  .strictObject(
    {
      $schema: z.string('the address of a JSON Schema').optional(),
      sources: sources.optional(),
      ...optionSchemas,
      batch: batch.optional(),
      cache: cache.optional(),
    },
    'an object with "sources"',
  )
  .superRefine(({ sources: all = [], dedupe }, context) => {
    for (const path of unusedKeys(all, dedupe)) {
      const params = { hint: 'add "dedupe": "key"' };
      const message = 'nothing is deduplicated by key here';
      context.addIssue({ code: 'custom', message, path: ['sources', ...path, 'key'], params });
    }
    for (const [i, one] of all.entries()) {
      const problem = thriftProblem(one);
      if (problem === null) continue;
      const { key, message, hint } = problem;
      context.addIssue({ code: 'custom', message, path: ['sources', i, key], params: { hint } });
    }
  });

/** Where key columns are named that no rule uses. */
function unusedKeys(all: readonly ConfiguredSource[], top: unknown): (string | number)[][] {
  return all.flatMap(({ key, dedupe = top, tables: rules = [] }, i) => {
    const unusedInRules = rules.flatMap((own, j) =>
      own.key !== undefined && (own.dedupe ?? dedupe) !== 'key' ? [[i, 'tables', j]] : [],
    );
    const unused = key !== undefined && dedupe !== 'key' && rules.every((own) => own.dedupe !== 'key');
    return unused ? [[i], ...unusedInRules] : unusedInRules;
  });
}

export type Config = z.infer<typeof configSchema>;
export type ConfiguredSource = z.infer<typeof source>;
export type PerTable = Pick<ConfiguredSource, keyof typeof perTable>;

/** The keys known at a place: at the top, in `sources[i]`, in `sources[i].tables[j]`, in the objects of both. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const last = path.at(-1);
  if (last === 'deadlines') return Object.keys(deadlines.shape);
  if (last === 'batch') return Object.keys(batch.shape);
  if (last === 'cache') return Object.keys(cache.shape);
  if (last === 'csv') return Object.keys(csvSettings.shape);
  if (path.at(-2) === 'validate') return Object.keys(validateSetting.valueType.shape);
  const shape = [configSchema.shape, source.shape, rule.shape][path.length / 2];
  return Object.keys(shape ?? {});
}
