import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textTable } from '../../src/report/table.ts';
import { displayWidth } from '../../src/report/width.ts';
import { roughText } from './samples.ts';

const columns = [
  { title: 'path', align: 'left' },
  { title: 'rows', align: 'right' },
] as const;

test('text stands left, numbers right, no line ends in a space', () => {
  const rows = [
    ['a.csv', '1'],
    ['測定.csv', '1,000'],
    ['b.csv', ''],
  ];
  expect(textTable(rows, columns, 80)).toEqual([
    'path       rows',
    'a.csv         1',
    '測定.csv  1,000',
    'b.csv',
  ]);
});

test('the widest text gives way, and numbers never do', () => {
  const rows = [['line-4/2026-11-01/a_lot.csv', '1,000', 'lots']];
  const wide = [...columns, { title: 'table', align: 'left' } as const];
  expect(textTable(rows, wide, 30)).toEqual([
    'path               rows  table',
    'line-…/a_lot.csv  1,000  lots',
  ]);
});

test('no line is wider than the width, whatever the cells hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(roughText, roughText)), fc.integer({ min: 2, max: 120 }), (rows, width) => {
      for (const line of textTable(rows, columns, width)) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/[\p{Cc}\u202e]|\s$/u);
      }
    }),
  );
});
