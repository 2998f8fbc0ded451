import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileLine, formatLines } from '../../src/report/fileLine.ts';
import { displayWidth } from '../../src/report/width.ts';
import { anyFileEvent, fileEvent, rows } from './samples.ts';

const page = { width: 80, color: false };

test.each([
  [
    fileEvent({ path: '2026-11-01/a_lot.csv', table: 'lots', rows: rows({ parsed: 100, inserted: 100 }) }),
    'loaded     new       xray/2026-11-01/a_lot.csv  100 rows -> lots',
  ],
  [
    fileEvent({
      reason: 'settings',
      table: 'lots',
      rows: rows({ parsed: 6, inserted: 1, deduplicated: 3, rejected: 2 }),
    }),
    'loaded     settings  xray/a_lot.csv  1 row -> lots, 3 records already there, 2 records rejected',
  ],
  [fileEvent({ outcome: 'duplicate', duplicateOf: 'b.csv' }), 'duplicate  new       xray/a_lot.csv  = b.csv'],
  [fileEvent({ outcome: 'renamed', renamedFrom: 'b.csv' }), 'renamed    new       xray/a_lot.csv  was b.csv'],
  [fileEvent({ outcome: 'unchanged', reason: '' }), 'unchanged            xray/a_lot.csv'],
  [
    fileEvent({ outcome: 'failed', error: { code: 'unreadable', message: 'EACCES' } }),
    'failed     new       xray/a_lot.csv  unreadable: EACCES',
  ],
])('%# says what became of the file', (event, line) => {
  expect(fileLine(event, { ...page, width: 100 })).toBe(line);
});

test('how a file is read stands on lines of its own, with the reasons where they are asked for', () => {
  const event = fileEvent({ format: 'csv, delimiter ";"', formatReasons: ['100 % of 3 rows have 2 fields'] });
  expect(formatLines(event, false, page)).toEqual(['           csv, delimiter ";"']);
  expect(formatLines(event, true, page)).toEqual([
    '           csv, delimiter ";"',
    '           - 100 % of 3 rows have 2 fields',
  ]);
  expect(formatLines(fileEvent(), true, page)).toEqual([]);
});

test('a long path gives way before the detail', () => {
  const event = fileEvent({
    path: `${'deep/'.repeat(20)}a_lot.csv`,
    table: 'lots',
    rows: rows({ inserted: 5 }),
  });
  expect(fileLine(event, page)).toBe(
    'loaded     new       xray/deep/deep…eep/deep/deep/deep/a_lot.csv  5 rows -> lots',
  );
});

test('only the outcome is coloured', () => {
  const line = fileLine(fileEvent({ outcome: 'held' }), { ...page, color: true });
  expect(line).toBe('\u001b[33mheld     \u001b[0m  new       xray/a_lot.csv');
});

test('whatever a file is called, it stays on one line and does not drive the terminal', () => {
  fc.assert(
    fc.property(anyFileEvent, fc.integer({ min: 20, max: 120 }), (event, width) => {
      const line = fileLine(event, { width, color: false });
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(line).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});
