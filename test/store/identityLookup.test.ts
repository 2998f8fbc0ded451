import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdentityLookup } from '../../src/store/identityLookup.ts';
import type { SortedRows } from '../../src/store/recentRows.ts';
import { RowPrefixes } from '../../src/store/rowPrefixes.ts';
import { loadPrefixes, savePrefixes } from '../../src/store/savedPrefixes.ts';
import { migrate } from '../../src/store/schema.ts';

type Row = readonly [prefix: number, record: number];

function sorted(rows: readonly Row[]): SortedRows {
  const inOrder = rows.toSorted(([a], [b]) => a - b);
  return {
    size: rows.length,
    prefix: (i) => inOrder[i]?.[0] ?? 0,
    record: (i) => inOrder[i]?.[1] ?? 0,
  };
}

/** Prefixes and lookup table as they are used together. */
class Index {
  readonly db = new Database(':memory:');
  readonly lookup: IdentityLookup;
  prefixes = new RowPrefixes();

  constructor() {
    this.db.pragma('page_size = 16384');
    migrate(this.db, ':memory:');
    this.lookup = new IdentityLookup(this.db, 't');
  }

  insert(rows: readonly Row[]): void {
    const inOrder = sorted(rows);
    const insertion = this.lookup.insertion(rows.length, this.prefixes.count);
    this.prefixes.insert(inOrder, (row, place) => insertion.put(inOrder.record(row), place));
    insertion.end();
  }

  find(prefix: number): number[] {
    if (!this.prefixes.find(prefix)) return [];
    const { first, end } = this.prefixes;
    return Array.from({ length: end - first }, (_, i) => this.lookup.at(first + i));
  }
}

/** Spread evenly, as identities are, unless asked to be near each other. */
function randomRows(count: number, seed: number, firstRecord: number, mask = 0xffff_ffff): Row[] {
  let state = seed;
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0;
    return [((state ^ (state >>> 13)) & mask) >>> 0, firstRecord + i] as const;
  });
}

const batch = fc.record({
  count: fc.integer({ min: 0, max: 3000 }),
  seed: fc.integer(),
  firstRecord: fc.constantFrom(1, 2 ** 31, 2 ** 32 - 100, 2 ** 47),
  mask: fc.constantFrom(0xffff_ffff, 0xff, 0xffff_0000, 0x8000_0001, 0),
});

test('each row is found under its prefix, and no other, whatever was inserted in how many steps', () => {
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), (batches) => {
      const index = new Index();
      const expected = new Map<number, number[]>();
      for (const { count, seed, firstRecord, mask } of batches) {
        const rows = randomRows(count, seed, firstRecord, mask);
        index.insert(rows);
        for (const [prefix, record] of rows) {
          const records = expected.get(prefix) ?? [];
          expected.set(prefix, records);
          records.push(record);
        }
      }
      for (const [prefix, records] of [...expected].slice(0, 200))
        expect(index.find(prefix).sort()).toEqual(records.sort());
      for (const absent of [0, 1, 7, 2 ** 31, 2 ** 32 - 1])
        expect(index.find(absent).sort()).toEqual(expected.get(absent)?.sort() ?? []);
      index.db.close();
    }),
    { numRuns: 60 },
  );
});

test('many pages are merged with rows before, between and behind them', () => {
  const index = new Index();
  const rows = randomRows(150_000, 5, 1);
  index.insert(rows.slice(0, 100_000));
  index.insert(rows.slice(100_000, 100_001));
  index.insert(rows.slice(100_001));
  index.insert([
    [0, 1_000_001],
    [2 ** 32 - 1, 1_000_002],
  ]);
  for (const [prefix, record] of rows) {
    if (!index.prefixes.find(prefix)) expect.unreachable(`${prefix} is missing`);
    if (record % 7 === 0) expect(index.find(prefix)).toContain(record);
  }
  expect([index.find(0), index.find(2 ** 32 - 1)]).toEqual([[1_000_001], [1_000_002]]);
  expect(index.prefixes.count).toBe(150_002);
});

test('the table takes little more than six bytes a row, though it is written from its end', () => {
  const index = new Index();
  const pages = () => Number(index.db.pragma('page_count', { simple: true }));
  const before = pages();
  for (let step = 0; step < 3; step += 1) index.insert(randomRows(100_000, step, 1 + 100_000 * step));
  expect((pages() - before) * 16_384).toBeLessThan(300_000 * 6 * 1.05);
});

test('few absent prefixes seem to be there, for two bytes a row', () => {
  const prefixes = new RowPrefixes();
  prefixes.insert(sorted(randomRows(1_000_000, 3, 1)), () => {});
  let mistaken = 0;
  for (const [prefix] of randomRows(100_000, 4, 1)) if (prefixes.find(prefix)) mistaken += 1;
  expect(mistaken / 100_000).toBeLessThan(0.001);
  let bytes = 0;
  for (const [, { starts, lows }] of prefixes.parts()) bytes += starts.byteLength + lows.byteLength;
  expect(bytes / 1_000_000).toBeLessThan(2.6);
});

test('prefixes are the same when they were saved and read again', () => {
  const { db, prefixes } = new Index();
  for (const seed of [1, 2]) {
    prefixes.insert(sorted(randomRows(5000, seed, 1)), () => {});
    savePrefixes(db, 't', prefixes, 1000 * seed);
    const saved = loadPrefixes(db, 'T');
    expect(saved.indexedTo).toBe(1000 * seed);
    expect(saved.prefixes.count).toBe(5000 * seed);
    for (const [prefix] of randomRows(5000, seed, 1)) {
      expect([saved.prefixes.find(prefix), prefixes.find(prefix)]).toEqual([true, true]);
      expect([saved.prefixes.first, saved.prefixes.end]).toEqual([prefixes.first, prefixes.end]);
    }
  }
  expect(loadPrefixes(db, 'other')).toMatchObject({ indexedTo: 0, prefixes: { count: 0 } });
});
