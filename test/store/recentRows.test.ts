import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRows } from '../../src/store/recentRows.ts';

const prefix = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  // For these the last slots do not suffice.
  fc.integer({ min: 0, max: 40 }).map((back) => 2 ** 48 - 1 - back * 65_536),
);
const record = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2 ** 31, max: 2 ** 47 }));

test('recent rows have every record under its prefix and come out in order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(prefix, record), { maxLength: 30_000 }), (entries) => {
      const rows = new RecentRows();
      for (const [key, value] of entries) {
        rows.add(Uint32Array.of(Math.floor(key / 65_536), (key % 65_536) * 65_536 + 7), 0, value);
      }
      for (const [key] of entries.slice(0, 50)) {
        const expected = entries.filter(([other]) => other === key).map(([, value]) => value);
        expect(rows.find(key).sort()).toEqual(expected.sort());
      }
      const sorted = rows.sorted();
      const found = Array.from({ length: sorted.size }, (_, i) => [sorted.prefix(i), sorted.record(i)]);
      const upper = found.map(([key]) => key);
      expect(upper).toEqual(upper.toSorted((a, b) => Number(a) - Number(b)));
      const expected = entries.map(([key, value]) => [Math.floor(key / 65_536), value]);
      expect(found.map(String).sort()).toEqual(expected.map(String).sort());
      rows.clear();
      expect(rows.size).toBe(0);
    }),
    { numRuns: 20 },
  );
});

test('a record is listed unless the right one of its prefix is', () => {
  const rows = new RecentRows();
  const words = Uint32Array.of(7, 65_536 * 3 + 1, 7, 65_536 * 3 + 2, 7, 65_536 * 4);
  expect(rows.addUnless(words, 0, 1, () => true)).toBeNull();
  expect(rows.addUnless(words, 2, 2, (record) => record === 1)).toBe(1);
  expect(rows.addUnless(words, 2, 2, () => false)).toBeNull();
  expect(rows.addUnless(words, 4, 3, () => true)).toBeNull();
  expect(rows.find(7 * 65_536 + 3)).toEqual([1, 2]);
  expect(rows.size).toBe(3);
});

test('more recent rows than a lookup table of 40 million lags behind by come out too', () => {
  const rows = new RecentRows();
  const count = 1_700_000;
  for (let i = 1; i <= count; i += 1) rows.add(Uint32Array.of(Math.imul(i, 0x9e3779b1), i), 0, i);
  const sorted = rows.sorted();
  let wrong = 0;
  for (let i = 0; i < count; i += 1)
    if (sorted.prefix(i) !== Math.imul(sorted.record(i), 0x9e3779b1) >>> 0) wrong += 1;
  expect([sorted.size, wrong]).toEqual([count, 0]);
});
