import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRows } from '../../src/store/recentRows.ts';
import { RowFilter } from '../../src/store/rowFilter.ts';
import { loadFilter, saveFilter } from '../../src/store/rowFilters.ts';
import { migrate } from '../../src/store/schema.ts';

const prefix = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 ** 48 - 1 }));
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
      const sorted = [...rows.sorted()];
      expect(sorted.length).toBe(entries.length);
      const upper = sorted.map(([key]) => Math.floor(key / 65_536));
      expect(upper).toEqual([...upper].sort((a, b) => a - b));
      rows.clear();
      expect(rows.size).toBe(0);
    }),
    { numRuns: 20 },
  );
});

/** `count` identities as random words. */
function randomWords(count: number, seed: number): Uint32Array {
  const words = new Uint32Array(count * 4);
  let state = seed;
  for (let i = 0; i < words.length; i += 1) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0;
    words[i] = state ^ (state >>> 13);
  }
  return words;
}

/** `count` random prefixes. */
function randomPrefixes(count: number, seed: number): (readonly [upper: number, lower: number])[] {
  const words = randomWords(count, seed);
  return Array.from({ length: count }, (_, i) => [words[4 * i] ?? 0, (words[4 * i + 1] ?? 0) >>> 16]);
}

test('a filter never misses what it holds, be it too full', () => {
  const prefixes = randomPrefixes(50_000, 1);
  const filter = new RowFilter(10_000);
  for (const prefix of prefixes) filter.add(...prefix);
  for (const prefix of prefixes) expect(filter.has(...prefix)).toBe(true);
});

test('a filter is the same when it was saved and read again, in however many parts', () => {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  const prefixes = randomPrefixes(2000, 3);
  for (const capacity of [1000, 1_000_000]) {
    const filter = new RowFilter(capacity);
    for (const prefix of prefixes) filter.add(...prefix);
    saveFilter(db, 't', filter, 2000);
    const saved = loadFilter(db, 't');
    expect(saved?.indexedTo).toBe(2000);
    expect(saved?.filter.capacity).toBe(capacity);
    expect(saved?.filter.count).toBe(filter.count);
    expect(Buffer.compare(saved?.filter.bits ?? Buffer.of(), filter.bits)).toBe(0);
  }
  expect(loadFilter(db, 'other')).toBeNull();
});

test.each([
  ['at random', (i: number) => i],
  ['that differ little', (i: number) => -i],
])('a filter takes few absent prefixes for present, %s, and 1.5 bytes for each', (_, of) => {
  const random = randomPrefixes(200_000, 7);
  const prefixOf = (i: number): readonly [number, number] =>
    of(i) < 0 ? [Math.floor(i / 5) * 107_374, i % 5] : (random[i] ?? [0, 0]);
  const filter = new RowFilter(100_000);
  for (let i = 0; i < 200_000; i += 2) filter.add(...prefixOf(i));
  let mistaken = 0;
  for (let i = 1; i < 200_000; i += 2) if (filter.has(...prefixOf(i))) mistaken += 1;
  expect(mistaken / 100_000).toBeLessThan(0.01);
  expect(filter.bits.length / 100_000).toBeLessThan(1.51);
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
