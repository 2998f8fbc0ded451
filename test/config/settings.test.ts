import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkAdHocNames } from '../../src/config/agreement.ts';
import { fixedPart } from '../../src/config/fixedPart.ts';
import type { Environment, Given } from '../../src/config/resolve.ts';
import { resolveDatabase, resolveSettings } from '../../src/config/settings.ts';
import { adHocSource } from '../../src/config/sources.ts';
import type { ParseSettings, SourceSettings } from '../../src/domain/settings.ts';
import { errorOf, folderWith, rejectionOf } from './folder.ts';

const now = new Date('2026-11-01T14:30:00Z');
const byDefault = {
  dedupe: { value: 'row', origin: 'default' },
  key: { value: [], origin: 'default' },
  order: { value: 'newest', origin: 'default' },
} as const;

interface Situation {
  readonly flags?: Given;
  readonly roots?: readonly string[];
  readonly env?: Environment;
  readonly config?: object;
}

async function settle({ flags = {}, roots = [], env = {}, config }: Situation) {
  const cwd = folderWith(config === undefined ? {} : { 'ingest.config.json': config });
  const settings = await resolveSettings(flags, roots, { HOME: cwd, ...env }, cwd, now);
  return { cwd, ...settings };
}

async function sources(situation: Situation): Promise<readonly SourceSettings[]> {
  return (await settle(situation)).run.sources;
}

/** Parse settings of which only these are said. */
function parsing(said: Partial<ParseSettings>): ParseSettings {
  return {
    types: 'auto',
    csv: {
      encoding: 'auto',
      delimiter: 'auto',
      quote: 'auto',
      escape: 'auto',
      header: 'auto',
      preamble: 'auto',
      units: 'keep',
      decimal: 'auto',
      engine: 'auto',
    },
    nulls: [''],
    ragged: 'reject',
    maxRecordBytes: 10 * 1024 * 1024,
    validate: {},
    records: [],
    children: {},
    redact: { columns: {}, names: [] },
    ...said,
  };
}

const two = {
  sources: [
    { name: 'xray', root: '/mnt/xray' },
    { name: 'media', root: '/mnt/media' },
    { name: 'old', root: '/mnt/old', enabled: false },
  ],
};

describe('a run', () => {
  test('has the defaults of the contract', async () => {
    const { cwd, run, output, configPath } = await settle({ roots: ['data'] });
    expect(run).toMatchObject({
      db: join(cwd, 'ingest.db'),
      span: { since: null, until: null },
      limit: null,
      order: 'newest',
      concurrency: null,
      workers: null,
      dryRun: false,
      force: false,
      checksum: false,
      strict: false,
      maxRejects: { share: 0.05 },
      acceptShrink: false,
    });
    expect(output).toEqual({ json: false, verbosity: 0, color: true, progress: true, logFile: null });
    expect(configPath).toBeNull();
  });

  test('takes what flags, environment and file say', async () => {
    const { run, output } = await settle({
      roots: ['data'],
      flags: { limit: '5', dryRun: true, json: true },
      env: { INGEST_WORKERS: '2', INGEST_LIMIT: '9', INGEST_FORCE: '1' },
      config: { concurrency: 3, workers: 7, maxRejects: 12, strict: true },
    });
    expect(run).toMatchObject({ limit: 5, dryRun: true, workers: 2, force: true, concurrency: 3 });
    expect(run).toMatchObject({ maxRejects: { count: 12 }, strict: true });
    expect(output.json).toBe(true);
  });

  test('resolves paths of the config file from there, others from the working directory', async () => {
    const cwd = folderWith({
      'conf/c.json': { db: 'a.db', logFile: 'a.log', sources: [{ name: 's', root: 'x/*' }] },
    });
    const { run, output, configPath } = await resolveSettings(
      { config: 'conf/c.json' },
      [],
      { INGEST_LOG_FILE: 'b.log' },
      cwd,
      now,
    );
    expect(configPath).toBe(join(cwd, 'conf/c.json'));
    expect(run.db).toBe(join(cwd, 'conf/a.db'));
    expect(run.sources[0]?.root).toBe(join(cwd, 'conf/x/*'));
    expect(output.logFile).toBe(join(cwd, 'b.log'));
  });

  test('has a span in nanoseconds', async () => {
    const { run } = await settle({ roots: ['a'], flags: { since: 'last-run', until: '2026-11-01T00:00Z' } });
    expect(run.span).toEqual({ since: 'last-run', until: BigInt(Date.parse('2026-11-01')) * 1_000_000n });
  });
});

describe('the output', () => {
  test.each([
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
    [{ INGEST_NO_COLOR: '1' }, false],
    [{ TERM: 'xterm' }, true],
  ])('with %j has colour: %s', async (env, color) => {
    expect((await settle({ roots: ['a'], env })).output.color).toBe(color);
  });

  test.each([
    [{ quiet: true }, {}, -1],
    [{ verbose: true }, {}, 1],
    [{ verbose: true }, { INGEST_QUIET: '1' }, 1],
    [{ quiet: true }, { INGEST_VERBOSE: '1' }, -1],
    [{}, { INGEST_VERBOSE: '0' }, 0],
  ] as const)('with %j and %j has verbosity %i', async (flags, env, verbosity) => {
    expect((await settle({ roots: ['a'], flags, env })).output.verbosity).toBe(verbosity);
  });
});

test('a command that reads needs no source', async () => {
  const cwd = folderWith({ 'ingest.config.json': { db: 'plant.db' } });
  const { db, output } = await resolveDatabase({ json: true }, {}, cwd);
  expect([db, output.json]).toEqual([join(cwd, 'plant.db'), true]);
});

describe('a root on the command line', () => {
  test('is a source of its own with one table', async () => {
    const { cwd, run } = await settle({ roots: ['data/xray/'], config: two });
    expect(run.sources).toEqual([
      {
        name: 'xray',
        root: join(cwd, 'data/xray'),
        configured: false,
        include: null,
        exclude: [],
        tables: [
          {
            match: '**/*',
            table: 'xray',
            parse: parsing({ types: 'auto' }),
            pathColumns: null,
            dedupe: 'row',
            key: [],
            indexes: [],
          },
        ],
        order: null,
        onDelete: 'keep',
        settleMs: 2_000,
        deadlines: { metadata: 15_000, read: 30_000, file: 600_000 },
        health: { sentinel: null, requireMount: null, minFiles: 0 },
        thrift: { recentDays: null, immutable: false, everyMs: 604_800_000 },
      },
    ]);
  });

  test.each([
    ['/mnt/xray', '/mnt/xray', 'xray'],
    ['/mnt/xray/**/*.csv', '/mnt/xray', 'xray'],
    ['/mnt/xray/{yyyy}/*.csv', '/mnt/xray', 'xray'],
    ['/mnt/x?ay/a', '/mnt', 'mnt'],
    ['/mnt/[ab]/a', '/mnt', 'mnt'],
    ['/mnt/!(a)/b', '/mnt', 'mnt'],
    ['/mnt/Program Files (x86)/b!', '/mnt/Program Files (x86)/b!', 'b!'],
    ['/*.csv', '/', 'root'],
  ])('%s has the fixed part %s and the name %s', (root, fixed, name) => {
    expect(fixedPart(resolve(root))).toBe(resolve(fixed));
    expect(adHocSource(resolve(root), null, byDefault).name).toBe(name);
  });

  test('goes to the table that is named', async () => {
    expect((await sources({ roots: ['a'], flags: { table: 'lots' } }))[0]?.tables[0]?.table).toBe('lots');
  });

  test('counts once when it stands there twice', async () => {
    expect(await sources({ roots: ['a', './a/'] })).toHaveLength(1);
  });

  test('may share name and fixed part with another', async () => {
    expect((await sources({ roots: ['a/*.csv', 'a/*.json'] })).map(({ name }) => name)).toEqual(['a', 'a']);
  });

  test('may be a file of the same name in another folder', async () => {
    expect(await sources({ roots: ['a/x.csv', 'b/x.csv'] })).toHaveLength(2);
  });

  test('has its name to itself once files are known by their folders', () => {
    const both = [resolve('/a/day'), resolve('/b/day')].map((root) => adHocSource(root, null, byDefault));
    expect(errorOf(() => checkAdHocNames(both)).message).toBe(
      `two roots are named "day": ${resolve('/a/day')} and ${resolve('/b/day')}`,
    );
  });
});

describe('a configured source', () => {
  test('has defaults for all that it does not say', async () => {
    expect(await sources({ config: { sources: [{ name: 'xray', root: '/mnt/xray' }] } })).toEqual([
      { ...adHocSource(resolve('/mnt/xray'), null, byDefault), configured: true },
    ]);
  });

  test('hands its settings to its tables, which may override them', async () => {
    const [source] = await sources({
      config: {
        sources: [
          {
            name: 'xray',
            root: 'x',
            table: 'rest',
            types: 'text',
            dedupe: 'none',
            pathColumns: '{day}/*',
            indexes: [['day']],
            order: 'path',
            onDelete: 'remove',
            settle: '5s',
            tables: [
              { match: '*_lot.csv', table: 'lots', types: { lot: 'text' }, dedupe: 'key', key: ['lot'] },
            ],
          },
        ],
      },
    });
    expect(source).toMatchObject({ order: 'path', onDelete: 'remove', settleMs: 5_000 });
    expect(source?.tables).toEqual([
      {
        match: '*_lot.csv',
        table: 'lots',
        parse: parsing({ types: { lot: 'text' } }),
        pathColumns: '{day}/*',
        dedupe: 'key',
        key: ['lot'],
        indexes: [['day']],
      },
      {
        match: '**/*',
        table: 'rest',
        parse: parsing({ types: 'text' }),
        pathColumns: '{day}/*',
        dedupe: 'none',
        key: [],
        indexes: [['day']],
      },
    ]);
  });

  test('needs no table of its own when an entry takes everything', async () => {
    const tables = [{ match: '**/*', table: 'all' }];
    const [source] = await sources({ config: { sources: [{ name: 's', root: 'x', tables }] } });
    expect(source?.tables.map(({ table }) => table)).toEqual(['all']);
  });

  test.each([
    [{}, {}, 'none', 'path'],
    [{ dedupe: 'row', order: 'oldest' }, {}, 'row', null],
    [{}, { INGEST_DEDUPE: 'row', INGEST_ORDER: 'oldest' }, 'row', null],
  ])('with flags %j and environment %j has dedupe %s and order %s', async (flags, env, dedupe, order) => {
    const source = { name: 's', root: 'x', dedupe: 'none', order: 'path' };
    const [settings] = await sources({
      flags,
      env,
      config: { dedupe: 'key', order: 'newest', sources: [source] },
    });
    expect([settings?.tables[0]?.dedupe, settings?.order]).toEqual([dedupe, order]);
  });

  test('takes key columns from the top of the file', async () => {
    const config = { dedupe: 'key', key: ['lot'], sources: [{ name: 's', root: 'x' }] };
    expect((await sources({ config }))[0]?.tables[0]).toMatchObject({ dedupe: 'key', key: ['lot'] });
  });
});

test('key columns in the config file do not hinder a root that has no use for them', async () => {
  expect((await sources({ roots: ['a'], config: { key: ['lot'] } }))[0]?.tables[0]?.key).toEqual([]);
});

describe('without roots', () => {
  test('the enabled sources are taken', async () => {
    expect((await sources({ config: two })).map(({ name }) => name)).toEqual(['xray', 'media']);
  });

  test('--source takes some of them', async () => {
    expect((await sources({ config: two, flags: { source: ['media'] } })).map(({ name }) => name)).toEqual([
      'media',
    ]);
  });
});

describe('exit 2 with what and where, and how to fix it:', () => {
  const lots = (name: string, more: object) => ({ name, root: name, table: 'lots', ...more });

  test.each<[string, Situation, string, string]>([
    ['nothing to ingest', {}, 'no root and no config file', 'ingest /mnt/xray'],
    ['a config without sources', { config: {} }, 'ingest.config.json has no sources', '"sources"'],
    ['a source of an empty config', { config: {}, flags: { source: ['a'] } }, 'has no sources', '"sources"'],
    [
      'a config with disabled sources alone',
      { config: { sources: [{ name: 'a', root: 'b', enabled: false }] } },
      'has no enabled source',
      '"sources"',
    ],
    ['an empty root', { roots: ['a', ''] }, 'a root is empty', 'name a folder'],
    [
      'two roots of one name',
      { roots: ['/a/day', '/b/day'] },
      `two roots are named "day": ${resolve('/a/day')} and ${resolve('/b/day')}`,
      'names of their own',
    ],
    ['a source beside a root', { roots: ['a'], flags: { source: ['x'] } }, '--source chooses', 'leave one'],
    [
      'a source of the environment beside a root',
      { roots: ['a'], env: { INGEST_SOURCE: 'x' } },
      'INGEST_SOURCE chooses',
      'leave one',
    ],
    ['a table without root', { config: two, flags: { table: 't' } }, '--table names the table', 'leave one'],
    [
      'an unknown source',
      { config: two, flags: { source: ['xary'] } },
      'there is no source "xary"',
      'did you mean "xray"?',
    ],
    [
      'a source unlike any other',
      { config: two, flags: { source: ['lineage'] } },
      'there is no source "lineage"',
      'choose from xray, media, old',
    ],
    [
      'a disabled source',
      { config: two, flags: { source: ['old'] } },
      'the source "old" is disabled',
      '"enabled": false',
    ],
    [
      'a table name that is taken',
      { roots: ['a'], flags: { table: '_ingest_x' } },
      '--table "_ingest_x"',
      '--table',
    ],
    ['a root whose name is taken', { roots: ['/mnt/_ingest'] }, `root ${resolve('/mnt/_ingest')}`, '--table'],
    [
      'a source whose name is taken',
      { config: { sources: [{ name: 'sqlite_a', root: 'b' }] } },
      'source "sqlite_a": names that start',
      '"table"',
    ],
    [
      'dedupe by key without a key',
      { roots: ['a'], flags: { dedupe: 'key' } },
      'source "a" (table "a", match "**/*"): dedupe "key" without key columns',
      '--key',
    ],
    [
      'a key without dedupe by key',
      { roots: ['a'], flags: { key: 'x' } },
      '--key names key columns',
      '--dedupe key',
    ],
    [
      'two sources that dedupe one table in two ways',
      { config: { sources: [lots('a', {}), lots('b', { table: 'LOTS', dedupe: 'none' })] } },
      'source "a" (table "lots", match "**/*") has dedupe "row", but source "b" (table "LOTS"',
      'the same "dedupe"',
    ],
    [
      'two sources with two keys for one table',
      {
        config: {
          sources: [lots('a', { dedupe: 'key', key: ['x'] }), lots('b', { dedupe: 'key', key: ['y'] })],
        },
      },
      'dedupe "key" with key ["y"]',
      'the same "dedupe"',
    ],
    [
      'two rules of one source that dedupe one table in two ways',
      { config: { sources: [lots('a', { tables: [{ match: 'x', table: 'lots', dedupe: 'none' }] })] } },
      'match "x") has dedupe "none", but source "a"',
      'tables of their own',
    ],
    [
      'quiet and verbose',
      { roots: ['a'], flags: { quiet: true, verbose: true } },
      '--quiet and --verbose',
      'leave',
    ],
    [
      'quiet and verbose in the environment',
      { roots: ['a'], env: { INGEST_QUIET: '1', INGEST_VERBOSE: '1' } },
      'INGEST_QUIET and INGEST_VERBOSE',
      'leave',
    ],
    ['a bad time', { roots: ['a'], flags: { since: 'noon' } }, '--since: "noon" is not a time', '36h'],
    [
      'a bad time in the file',
      { roots: ['a'], config: { until: 'noon' } },
      '"until" in the config file: "noon" is not a time',
      '36h',
    ],
    [
      'a span that ends before it starts',
      { roots: ['a'], flags: { since: '2026-11-02', until: '2026-11-01' } },
      '--since 2026-11-02 lies after --until 2026-11-01',
      'exchange',
    ],
    [
      'a named config that is missing',
      { roots: ['a'], flags: { config: 'no.json' } },
      'no.json: there is no',
      '--config',
    ],
    [
      'a named config in the environment',
      { env: { INGEST_CONFIG: 'no.json' } },
      'no.json: there is no',
      'INGEST_CONFIG',
    ],
  ])('%s', async (_, situation, what, fix) => {
    const error = await rejectionOf(settle(situation));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(what);
    expect(error.hint).toContain(fix);
  });
});
