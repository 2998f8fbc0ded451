import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentRows } from '../../src/store/recentRows.ts';
import { FilterLayer, RowFilter } from '../../src/store/rowFilter.ts';

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

test('a filter never misses what it holds, over all its layers, saved and read again', () => {
  const count = 50_000;
  const words = randomWords(count, 1);
  const filter = new RowFilter([], 1000);
  for (let i = 0; i < count; i += 1) filter.addIfAbsent(words, i * 4);
  expect(filter.layers.length).toBeGreaterThan(4);
  const saved = filter.layers.map(({ capacity, count: held, bits }) => new FilterLayer(capacity, held, bits));
  for (let i = 0; i < count; i += 1) expect(saved.some((layer) => layer.has(words, i * 4))).toBe(true);
});

test('a filter takes few absent identities for present, and 1.5 bytes for each', () => {
  const layer = new FilterLayer(100_000);
  const words = randomWords(200_000, 7);
  for (let i = 0; i < 100_000; i += 1) layer.add(words, i * 4);
  let mistaken = 0;
  for (let i = 100_000; i < 200_000; i += 1) if (layer.has(words, i * 4)) mistaken += 1;
  expect(mistaken / 100_000).toBeLessThan(0.01);
  expect(layer.bits.length / 100_000).toBeLessThan(1.51);
});
