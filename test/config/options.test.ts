import { describe, expect, test } from 'vitest';
import {
  fileOptions,
  flagName,
  type OptionKey,
  optionKeys,
  options,
  variableName,
} from '../../src/config/options.ts';
import { type Given, givenByEnvironment, resolveOptions } from '../../src/config/resolve.ts';
import type { Raw } from '../../src/config/valueTypes.ts';
import { errorOf } from './folder.ts';

interface Row {
  readonly flag: Raw;
  readonly flagValue: unknown;
  readonly variable: string;
  readonly variableValue: unknown;
  readonly file: Raw;
  readonly fileValue: unknown;
  readonly bad: string;
}

function switchRow(): Row {
  return {
    flag: true,
    flagValue: true,
    variable: 'no',
    variableValue: false,
    file: true,
    fileValue: true,
    bad: 'maybe',
  };
}

function textRow(bad = ''): Row {
  return { flag: 'a', flagValue: 'a', variable: 'b', variableValue: 'b', file: 'c', fileValue: 'c', bad };
}

function numberRow(bad: string): Row {
  return { flag: '3', flagValue: 3, variable: '4', variableValue: 4, file: 5, fileValue: 5, bad };
}

function listRow(): Row {
  return {
    flag: ['a,1', 'b'],
    flagValue: ['a,1', 'b'],
    variable: 'c, d',
    variableValue: ['c', 'd'],
    file: ['e'],
    fileValue: ['e'],
    bad: 'a,,b',
  };
}

function choiceRow(flag: string, variable: string, file: string): Row {
  return { flag, flagValue: flag, variable, variableValue: variable, file, fileValue: file, bad: 'othre' };
}

const rows: Record<OptionKey, Row> = {
  db: textRow(),
  config: textRow(),
  source: listRow(),
  table: textRow(),
  since: textRow(),
  until: textRow(),
  limit: numberRow('0'),
  order: choiceRow('oldest', 'path', 'largest'),
  concurrency: numberRow('0'),
  workers: numberRow('-1'),
  dryRun: switchRow(),
  force: switchRow(),
  checksum: switchRow(),
  dedupe: choiceRow('none', 'key', 'row'),
  key: listRow(),
  strict: switchRow(),
  maxRejects: {
    flag: '7',
    flagValue: { count: 7 },
    variable: '2.5%',
    variableValue: { share: 0.025 },
    file: 9,
    fileValue: { count: 9 },
    bad: '101%',
  },
  acceptShrink: switchRow(),
  cache: textRow(),
  noCache: switchRow(),
  cacheStats: switchRow(),
  clearCache: switchRow(),
  shard: {
    flag: '1/2',
    flagValue: { index: 1, count: 2 },
    variable: '2/2',
    variableValue: { index: 2, count: 2 },
    file: '3/4',
    fileValue: { index: 3, count: 4 },
    bad: '3/2',
  },
  json: switchRow(),
  quiet: switchRow(),
  verbose: switchRow(),
  logFile: textRow(),
  metricsFile: textRow(),
  pingUrl: { ...choiceRow('https://a.org/x', 'http://b.org/', 'https://c.org/'), bad: 'ftp://d.org' },
  onFailure: textRow(),
  noProgress: switchRow(),
  noColor: switchRow(),
};

function resolve(key: OptionKey, flag: Given, environment: Given, file: Given) {
  return resolveOptions({ flag, environment, file })[key];
}

describe.each(optionKeys)('option %s', (key) => {
  const row = rows[key];
  const flag: Given = { [key]: row.flag };
  const environment = givenByEnvironment({ [variableName(key)]: row.variable });
  const file: Given = { [key]: row.file };

  test('comes from the flag before all others', () => {
    expect(resolve(key, flag, environment, file)).toEqual({ value: row.flagValue, origin: 'flag' });
  });

  test('comes from the environment before the file', () => {
    expect(resolve(key, {}, environment, file)).toEqual({ value: row.variableValue, origin: 'environment' });
  });

  test('comes from the config file before the default', () => {
    expect(resolve(key, {}, {}, file)).toEqual({ value: row.fileValue, origin: 'file' });
  });

  test('has a default', () => {
    expect(resolve(key, {}, {}, {})).toEqual({ value: options[key].default, origin: 'default' });
  });

  test('is refused with the flag and a fix when its value is wrong', () => {
    const error = errorOf(() => resolve(key, { [key]: row.bad }, {}, {}));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(`${flagName(key)} cannot be "${row.bad}"`);
    expect(error.hint).toBeTruthy();
  });

  test('is refused with the variable when that is empty', () => {
    const error = errorOf(() => resolve(key, {}, givenByEnvironment({ [variableName(key)]: '' }), {}));
    expect(error.message).toContain(`${variableName(key)} cannot be ""`);
  });
});

test.each([
  ['1', true],
  ['true', true],
  ['YES', true],
  ['0', false],
  ['False', false],
  ['no', false],
])('a switch in the environment reads %s as %s', (word, value) => {
  expect(resolve('strict', {}, givenByEnvironment({ INGEST_STRICT: word }), {}).value).toBe(value);
});

test.each([
  ['limit', '1.5'],
  ['limit', '1e3'],
  ['limit', '99999999999999999999'],
  ['limit', ' 5'],
  ['workers', 'all'],
  ['maxRejects', '-1'],
  ['maxRejects', '5 %'],
  ['maxRejects', '100.5%'],
] as const)('%s does not take %s', (key, text) => {
  expect(errorOf(() => resolve(key, { [key]: text }, {}, {})).exitCode).toBe(2);
});

test('a slip in a word gets the nearest right one', () => {
  expect(errorOf(() => resolve('order', { order: 'newset' }, {}, {})).hint).toBe('did you mean "newest"?');
});

test('names of flags and variables follow from the key', () => {
  expect([flagName('dryRun'), variableName('dryRun')]).toEqual(['--dry-run', 'INGEST_DRY_RUN']);
  expect([flagName('noColor'), variableName('noColor')]).toEqual(['--no-color', 'INGEST_NO_COLOR']);
});

test('all options but those that speak of one command line stand in the config file', () => {
  expect(optionKeys.filter((key) => !fileOptions.some((known) => known === key))).toEqual([
    'config',
    'source',
    'table',
    'cache',
    'cacheStats',
    'clearCache',
  ]);
});
