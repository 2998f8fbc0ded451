import fc from 'fast-check';
import picomatch from 'picomatch';
import { expect, test } from 'vitest';
import { exactly, nameShape, pathPattern } from '../../src/ingest/nameShape.ts';
import { compilePathPattern } from '../../src/ingest/pathPattern.ts';
import { matcher } from '../../src/share/scan.ts';

test.each([
  ['00471101_lot.csv', '*_lot.csv', ['lot']],
  ['2026-03-02.csv', '*.csv', []],
  ['xr-01_2026-03-02_voids.csv.gz', 'xr-*_voids.csv.gz', ['xr', 'voids']],
  ['observations.ndjson', 'observations.ndjson', ['observations']],
  ['LOT_7.CSV', 'LOT_*.csv', ['LOT']],
  ['a[1]_{x}.csv', '*.csv', []],
])('the shape of %s is %s', (name, glob, words) => {
  expect(nameShape(name)).toEqual({ glob, words });
});

test.each([
  [['xr-01/2026-03-02/1_lot.csv', 'xr-02/2026-03-03/2_lot.csv'], [], '{xr}/{day}/*_lot.csv'],
  [['oven-03/2026-03-02.csv', 'press-01/2026-03-03.csv'], [], '{folder}/{day}.csv'],
  [['oven-03/2026-03-02.csv', 'press-01/2026-03-03.csv'], ['Folder', 'DAY'], '{folder_2}/*.csv'],
  [['2026-02/a.csv', '2026-03/a.csv'], [], '{month}/a.csv'],
  [['a/1.csv', 'b/c/1.csv'], [], null],
  [['only/1.csv'], [], null],
  [['same/a1.csv', 'same/a2.csv'], [], null],
])('the pattern of %j beside columns %j is %s', (paths, taken, pattern) => {
  const name = paths[0]?.split('/').at(-1) ?? '';
  expect(pathPattern(paths, nameShape(name), taken)).toBe(pattern);
});

const name = fc.string({ unit: fc.constantFrom(...'ab0_-. [{*é'), minLength: 1, maxLength: 8 });
const part = name.filter((text) => !text.startsWith('.'));

test('a shape matches the name that it was made of', () => {
  fc.assert(
    fc.property(part, (stem) => {
      const file = `${stem}.csv`;
      return picomatch(`**/${nameShape(file).glob}`, { nocase: true })(`x/${file}`);
    }),
  );
});

test('a pattern fills each of its columns from every path that it was made of', () => {
  const folders = fc.array(fc.tuple(part, part), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(folders, part, (all, stem) => {
      const paths = all.map(([a, b]) => `${a}/${b}/${stem}.csv`);
      const pattern = pathPattern(paths, nameShape(`${stem}.csv`), []);
      if (pattern === null) return;
      const { valuesOf } = compilePathPattern(pattern);
      for (const path of paths) for (const [, value] of valuesOf(path)) expect(value).not.toBe('');
    }),
  );
});

test('a path as a glob matches itself', () => {
  const odd = fc.string({
    unit: fc.constantFrom(...'ab/0*?[]{}()!+@|\\^$".,~#\n'),
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(odd, (path) => {
      fc.pre(!path.startsWith('/') && !path.endsWith('/') && !path.includes('//'));
      return path.split('/').some((part) => part.startsWith('.')) || matcher([exactly(path)])(path);
    }),
    { numRuns: 2000 },
  );
});
