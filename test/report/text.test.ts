import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/report/printable.ts';
import { count, counted, duration, percent, rate, size, utcTimeOfNs } from '../../src/report/units.ts';
import { displayWidth, pad, shortenEnd, shortenMiddle, wrap } from '../../src/report/width.ts';
import { roughText } from './samples.ts';

test.each([
  ['a\nb', 'a\\nb'],
  ['\u001b[31m', '\\x1b[31m'],
  ['\u007f\u009b', '\\x7f\\x9b'],
  ['a\u202egnp.exe', 'a\\u202egnp.exe'],
  ['\ud800', '\\ud800'],
  ['\u{e0001}', '\\u{e0001}'],
  ['Übergröße 測定 👩‍👩‍👧', 'Übergröße 測定 👩‍👩‍👧'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test.each([
  ['lot', 3],
  ['größe', 5],
  ['e\u0301', 1],
  ['測定', 4],
  ['ﾊﾝ', 2],
  ['👩‍👩‍👧', 2],
  ['🇩🇪', 2],
  ['…', 1],
])('%s takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('a path is shortened in its middle and keeps its name', () => {
  expect(shortenMiddle('xray/line-4/2026-11-01/00471103_lot.csv', 24)).toBe('xray/li…00471103_lot.csv');
});

test('a wide character is never cut in half', () => {
  expect(shortenEnd('測定器', 4)).toBe('測…');
  expect(shortenMiddle('測定器測定器', 7)).toBe('測…定器');
});

test('padding counts columns, not code units', () => {
  expect(pad('測定', 6, 'left')).toBe('測定  ');
  expect(pad('12', 4, 'right')).toBe('  12');
});

test('words are wrapped, and cut where they are longer than a line', () => {
  expect(wrap('one two three', 9, 2)).toEqual(['  one two', '  three']);
  expect(wrap('abcdefgh', 5, 1)).toEqual([' abcd', ' efgh']);
});

test('wrapping and shortening keep within the width, and wrapping keeps all but spaces', () => {
  fc.assert(
    fc.property(roughText.map(printable), fc.integer({ min: 2, max: 90 }), (text, width) => {
      expect(displayWidth(shortenEnd(text, width))).toBeLessThanOrEqual(width);
      expect(displayWidth(shortenMiddle(text, width))).toBeLessThanOrEqual(width);
      const lines = wrap(text, width);
      expect(Math.max(0, ...lines.map(displayWidth))).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
    }),
  );
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [999_949, '999.9 KB'],
  [999_950, '1.0 MB'],
  [24_012_300, '24.0 MB'],
  [5e12, '5,000.0 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [0.0352, '35 ms'],
  [0.0999, '0.1 s'],
  [4.24, '4.2 s'],
  [59.96, '1 min 0 s'],
  [125, '2 min 5 s'],
  [3599.7, '1 h 0 min'],
  [3840, '1 h 4 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('numbers are grouped, and nouns follow them', () => {
  expect([count(1234567), counted(1, 'file'), counted(0, 'file'), counted(2000, 'file')]).toEqual([
    '1,234,567',
    '1 file',
    '0 files',
    '2,000 files',
  ]);
  expect([rate(3.14), rate(9694.2), percent(0.476)]).toEqual(['3.1', '9,694', '48%']);
  // Half-way numbers go up as they are written, whatever their binary form.
  expect([rate(4.05), rate(0.35), rate(1_234_567.5)]).toEqual(['4.1', '0.4', '1,234,568']);
});

test('nanoseconds are shown as a time of day in UTC', () => {
  expect(utcTimeOfNs(1_763_690_401_999_999_999n)).toBe('2025-11-21 02:00:01');
  expect(utcTimeOfNs(-(2n ** 63n))).toBe('1677-09-21 00:12:43');
});
