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

test('a filter never misses what it holds, be it too full', () => {
  const count = 50_000;
  const words = randomWords(count, 1);
  const filter = new RowFilter(10_000);
  for (let i = 0; i < count; i += 1) filter.addIfAbsent(words, i * 4);
  for (let i = 0; i < count; i += 1) expect(filter.addIfAbsent(words, i * 4)).toBe(false);
});

test('a filter is the same when it was saved and read again, in however many parts', () => {
  const db = new Database(':memory:');
  migrate(db, ':memory:');
  const words = randomWords(2000, 3);
  for (const capacity of [1000, 1_000_000]) {
    const filter = new RowFilter(capacity);
    for (let i = 0; i < 2000; i += 1) filter.addIfAbsent(words, i * 4);
    saveFilter(db, 't', filter, 2000);
    const saved = loadFilter(db, 't');
    expect(saved?.indexedTo).toBe(2000);
    expect(saved?.filter.capacity).toBe(capacity);
    expect(saved?.filter.count).toBe(filter.count);
    expect(Buffer.compare(saved?.filter.bits ?? Buffer.of(), filter.bits)).toBe(0);
  }
  expect(loadFilter(db, 'other')).toBeNull();
});

test('a filter takes few absent identities for present, and 1.5 bytes for each', () => {
  const filter = new RowFilter(100_000);
  const words = randomWords(200_000, 7);
  for (let i = 0; i < 100_000; i += 1) filter.addIfAbsent(words, i * 4);
  const full = filter.bits.slice();
  let mistaken = 0;
  for (let i = 100_000; i < 200_000; i += 1) {
    // So that those that are asked for do not fill it.
    if (i % 100 === 0) filter.bits.set(full);
    if (!filter.addIfAbsent(words, i * 4)) mistaken += 1;
  }
  expect(mistaken / 100_000).toBeLessThan(0.01);
  expect(filter.bits.length / 100_000).toBeLessThan(1.51);
});
