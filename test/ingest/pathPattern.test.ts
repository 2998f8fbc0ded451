import { describe, expect, test } from 'vitest';
import { compilePathPattern } from '../../src/ingest/pathPattern.ts';

function valuesOf(pattern: string, path: string): Record<string, string> {
  return Object.fromEntries(compilePathPattern(pattern).valuesOf(path));
}

describe('columns from a path', () => {
  test.each([
    { pattern: '{machine}/{lot}_*.csv', path: 'xr-01/4711_a.csv', values: { machine: 'xr-01', lot: '4711' } },
    { pattern: '{lot}_*.csv', path: '4711_a_b.csv', values: { lot: '4711' } },
    { pattern: '**/{lot}_*', path: 'deep/er/4711_a.csv', values: { lot: '4711' } },
    { pattern: '**/{lot}_*', path: '4711_a.csv', values: { lot: '4711' } },
    { pattern: '{a}/**/{b}.csv', path: 'x/y/z/w.csv', values: { a: 'x', b: 'w' } },
    { pattern: '{a}/**/{b}.csv', path: 'x/w.csv', values: { a: 'x', b: 'w' } },
    { pattern: '{lot}.{csv,json}', path: '4711.json', values: { lot: '4711' } },
    { pattern: '{lot}_{1..3}.csv', path: '4711_2.csv', values: { lot: '4711' } },
    { pattern: 'run?_{lot}.csv', path: 'run7_4711.csv', values: { lot: '4711' } },
    { pattern: '{lot}.csv', path: 'a.b.csv', values: { lot: 'a.b' } },
    { pattern: '{lot}+(1).csv', path: 'a+(1).csv', values: { lot: 'a' } },
    { pattern: '{Größe}.csv', path: '10 µm.csv', values: { Größe: '10 µm' } },
    { pattern: '{lot}.csv', path: 'two\nlines.csv', values: { lot: 'two\nlines' } },
    { pattern: '{lot}.csv', path: '😀.csv', values: { lot: '😀' } },
  ])('$pattern of $path', ({ pattern, path, values }) => expect(valuesOf(pattern, path)).toEqual(values));

  test('are empty where the path does not match', () => {
    expect(valuesOf('{machine}/{lot}.csv', 'other.json')).toEqual({ machine: '', lot: '' });
  });

  test('a name never takes a folder border', () => {
    expect(valuesOf('{lot}.csv', 'a/b.csv')).toEqual({ lot: '' });
  });

  test('a point is a point', () => expect(valuesOf('{lot}.csv', 'abcsv')).toEqual({ lot: '' }));

  test('stand in the order of the pattern', () => {
    expect(compilePathPattern('{b}/{a}.csv').names).toEqual(['b', 'a']);
  });
});
