import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bar, sparkline } from '../../src/report/chart.ts';

test.each([
  [[], ''],
  [[0, 0], '▁▁'],
  [[1, 4, 8, null, 0], '▂▅█ ▁'],
])('the sparkline of %j is "%s"', (values, line) => {
  expect(sparkline(values)).toBe(line);
});

test.each([
  [0, 10, ''],
  [10, 10, '████'],
  [5, 10, '██'],
  [1, 1000, '▏'],
  [3, 0, ''],
])('%d of at most %d is the bar "%s"', (value, largest, text) => {
  expect(bar(value, largest, 4)).toBe(text);
});

test('a bar is never longer than its room, and longer for more', () => {
  const amounts = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(amounts, fc.integer({ min: 1, max: 40 }), ([less = 0, more = 0, largest = 0], width) => {
      const [shorter, longer] = [bar(less, largest, width), bar(more, largest, width)];
      return shorter.length <= longer.length && longer.length <= width;
    }),
  );
});
