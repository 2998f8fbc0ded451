import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkConfig } from '../../src/config/check.ts';
import { readConfig } from '../../src/config/file.ts';
import { configSchema } from '../../src/config/schema.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import { IngestError } from '../../src/domain/errors.ts';
import { errorOf, folderWith } from './folder.ts';

const full = {
  $schema: './schema.json',
  db: 'plant.db',
  concurrency: 8,
  workers: 0,
  maxRejects: '5%',
  logFile: 'log.json',
  order: 'path',
  batch: { rows: 1000 },
  sources: [
    {
      name: 'xray',
      root: '/mnt/xray',
      include: ['**/*.csv'],
      exclude: [],
      enabled: true,
      table: 'rest',
      tables: [
        {
          match: '**/*_lot.csv',
          table: 'lots',
          types: 'text',
          pathColumns: '{machine}/{lot}_*.{csv,tsv}',
          dedupe: 'key',
          key: ['lot'],
          indexes: [['lot', 'machine'], ['day']],
        },
      ],
      types: { lot: 'text', size: 'integer' },
      records: 'data.items',
      children: { visits: 'visits', 'visits.tests': 'tests' },
      redact: { notes: ['email', 'name-list', { pattern: 'Room \\d+', as: '[ROOM]' }, { pattern: 'x' }] },
      nameList: 'names.txt',
      pathColumns: '{machine}/**',
      dedupe: 'none',
      indexes: [],
      order: 'smallest',
      onDelete: 'remove',
      settle: '500ms',
    },
  ],
};

function check(value: unknown) {
  return checkConfig(readConfig(join(folderWith({ 'c.json': value }), 'c.json')));
}

function sourceWith(more: object): object {
  return { sources: [{ name: 'a', root: 'b', ...more }] };
}

function ruleWith(more: object): object {
  return sourceWith({ tables: [{ match: 'x', table: 't', ...more }] });
}

test('every key that is known is taken', () => {
  expect(check(full)).toEqual(full);
});

test('an empty config is a config', () => {
  expect(check({})).toEqual({});
});

test.each([
  [{ soruces: [] }, 'unknown key soruces', 'did you mean "sources"?'],
  [{ maxrejects: 3 }, 'unknown key maxrejects', 'did you mean "maxRejects"?'],
  [{ table: 'x' }, 'unknown key table', 'choose from $schema, sources, db'],
  [sourceWith({ inlcude: [] }), 'unknown key sources[0].inlcude', 'did you mean "include"?'],
  [
    ruleWith({ pathColumn: '' }),
    'unknown key sources[0].tables[0].pathColumn',
    'did you mean "pathColumns"?',
  ],
  [[], 'the config is []', 'expected an object with "sources"'],
  [{ db: 5 }, 'db is 5', 'expected the name of a file'],
  [{ db: '' }, 'db is ""', 'expected the name of a file'],
  [{ db: 'a\0b' }, 'db is "a\\u0000b"', 'expected the name of a file'],
  [{ workers: -1 }, 'workers is -1', 'expected a whole number from 0 up'],
  [{ concurrency: 1.5 }, 'concurrency is 1.5', 'expected a whole number from 1 up'],
  [{ maxRejects: '5 %' }, 'maxRejects is "5 %"', 'such as "5%"'],
  [{ order: 'newset' }, 'order is "newset"', 'did you mean "newest"?'],
  [{ strict: 'yes' }, 'strict is "yes"', 'expected true or false'],
  [{ sources: {} }, 'sources is {}', 'expected a list of sources'],
  [{ sources: [7] }, 'sources[0] is 7', 'expected an object with "name" and "root"'],
  [{ sources: [{ name: 'a' }] }, 'sources[0].root is missing', 'expected a folder, a file or a glob'],
  [sourceWith({ include: [] }), 'sources[0].include is []', 'expected a list of globs'],
  [sourceWith({ exclude: ['a', 1] }), 'sources[0].exclude[1] is 1', 'expected a glob'],
  [sourceWith({ enabled: 'no' }), 'sources[0].enabled is "no"', 'expected true or false'],
  [sourceWith({ types: 'txt' }), 'sources[0].types is "txt"', '"auto", "text", or types by column'],
  [sourceWith({ types: { lot: 'tex' } }), 'sources[0].types.lot is "tex"', 'did you mean "text"?'],
  [sourceWith({ dedupe: 'rows' }), 'sources[0].dedupe is "rows"', 'did you mean "row"?'],
  [sourceWith({ key: 'lot' }), 'sources[0].key is "lot"', 'expected a list of column names'],
  [sourceWith({ key: ['lot'] }), 'nothing is deduplicated by key here', 'add "dedupe": "key"'],
  [ruleWith({ key: ['lot'] }), 'sources[0].tables[0].key is ["lot"]', 'add "dedupe": "key"'],
  [sourceWith({ indexes: ['lot'] }), 'sources[0].indexes[0] is "lot"', 'expected a list of column names'],
  [sourceWith({ onDelete: 'delete' }), 'sources[0].onDelete is "delete"', 'expected one of keep, remove'],
  [sourceWith({ settle: '2 s' }), 'sources[0].settle is "2 s": this is not a time', '"500ms"'],
  [sourceWith({ records: 'a..b' }), 'sources[0].records is "a..b"', 'keys with a dot between two'],
  [sourceWith({ children: { a: 'sqlite_x' } }), 'sources[0].children.a is', 'choose another name'],
  [sourceWith({ redact: { a: ['emil'] } }), 'sources[0].redact.a[0] is "emil"', 'one of email, phone'],
  [sourceWith({ redact: { a: [{ pattern: 'x*' }] } }), 'matches where nothing stands', 'write one as'],
  [sourceWith({ validate: { a: { min: 2, max: 1 } } }), 'sources[0].validate.a is', 'exchange them'],
  [{ batch: { row: 5 } }, 'unknown key batch.row', 'did you mean "rows"?'],
  [{ batch: { writer: 'bind' } }, 'batch.writer is "bind"', 'did you mean "binds"?'],
  [sourceWith({ table: '_Ingest_x' }), 'names that start with _ingest', 'choose another name'],
  [sourceWith({ table: 'SQLITE_x' }), 'names that start with _ingest or sqlite_', 'choose another name'],
  [sourceWith({ table: 'duplicate_files' }), 'a view of the program', 'choose another name'],
  [sourceWith({ pathColumns: 'a/*.csv' }), 'no {name} stands in it', '{machine}'],
  [sourceWith({ pathColumns: '{a}/{A}' }), '{A} stands in it twice', '{machine}'],
  [sourceWith({ pathColumns: '{_ID}/*' }), '{_ID} is a column of the program', '{machine}'],
  [sourceWith({ pathColumns: '{1st}/*' }), '{1st} is not a name', '{machine}'],
  [sourceWith({ pathColumns: '{}/*' }), '{} is not a name', '{machine}'],
  [sourceWith({ pathColumns: '{a/*' }), 'a { or } has no partner', '{machine}'],
  [
    {
      sources: [
        { name: 'a', root: 'x' },
        { name: 'a', root: 'y' },
      ],
    },
    'sources[1].name is "a": a second source "a"',
    'a name of its own',
  ],
  [
    sourceWith({
      tables: [
        { match: '**/*', table: 'a' },
        { match: '*.csv', table: 'b' },
      ],
    }),
    'sources[0].tables[1] is',
    'put the entry with "match": "**/*" last',
  ],
])('%j is refused with its place and a fix', (value, where, fix) => {
  const error = errorOf(() => check(value));
  expect(error.code).toBe('config');
  expect(error.message).toMatch(/c\.json:\d+:\d+: /);
  expect(error.message).toContain(where);
  expect(error.hint).toContain(fix);
});

test('line and column are those of the key that is wrong', () => {
  const text =
    '{\n  // plants\n  "sources": [\n    { "name": "a", "root": "b",\n      "inlcude": [] }\n  ]\n}';
  expect(errorOf(() => check(text)).message).toMatch(/c\.json:5:7: unknown key sources\[0\]\.inlcude$/);
});

test('of several things wrong the first in the file is named', () => {
  expect(errorOf(() => check('{"order": "x",\n "db": 5}')).message).toContain(':1:11: order');
  expect(errorOf(() => check('{"dbb": 5,\n "order": "x"}')).message).toContain(':1:2: unknown key dbb');
});

test('a key is used when the dedupe above it says so', () => {
  const value = { dedupe: 'key', ...sourceWith({ key: ['a'] }) };
  expect(check(value)).toEqual(value);
});

test('the schema converts to a JSON Schema that knows every key', () => {
  const schema = z.toJSONSchema(configSchema);
  expect(Object.keys(schema.properties ?? {})).toEqual(Object.keys(configSchema.shape));
  expect(schema.additionalProperties).toBe(false);
});

/** Values that stand where a config has some: the right keys, anything behind them. */
const nearConfig = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('a', '{a}', '2s', 'key', 'row', '5%', ['a'], '**/*'),
  ),
  keyed: fc.dictionary(
    fc.constantFrom(...Object.keys(configSchema.shape), ...Object.keys(full.sources[0] ?? {}), 'match', 'x'),
    fc.oneof(tie('leaf'), tie('keyed'), fc.array(fc.oneof(tie('leaf'), tie('keyed')), { maxLength: 3 })),
    { maxKeys: 6 },
  ),
}));

const nearSource = fc.record(
  Object.fromEntries(
    Object.keys(full.sources[0] ?? {}).map((key) => [key, fc.oneof(nearConfig.leaf, nearConfig.keyed)]),
  ),
  { requiredKeys: [] },
);

/** Sources that are right one by one, and may contradict each other. */
const goodSource = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'sqlite_c', 'constructor'),
    root: fc.constantFrom('a', 'b/*'),
    table: fc.constantFrom('t', 'u'),
    dedupe: fc.constantFrom('row', 'key'),
    key: fc.constant(['k']),
    enabled: fc.boolean(),
  },
  { requiredKeys: ['name', 'root'] },
);

test('any JSON as config gives settings or an IngestError with a fix', async () => {
  const folder = folderWith();
  const path = join(folder, 'c.json');
  const values = fc.oneof(
    fc.jsonValue(),
    nearConfig.keyed,
    fc.record({ sources: fc.array(nearSource, { maxLength: 3 }) }),
    fc.record({ dedupe: fc.constantFrom('row', 'key'), sources: fc.array(goodSource, { maxLength: 3 }) }),
  );
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      writeFileSync(path, JSON.stringify(value));
      try {
        await resolveSettings({ config: path }, [], {}, folder, new Date(0));
      } catch (error) {
        expect(error).toBeInstanceOf(IngestError);
        expect(error).toMatchObject({ exitCode: 2, hint: expect.stringMatching(/./) });
      }
    }),
  );
});
