import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { keyIdentity, rowIdentity } from '../../src/segment/identity.ts';

type Rec = Readonly<Record<string, string | null>>;

function blockOf(record: Rec): CellBlock {
  const block = new CellBlock();
  block.begin(Object.keys(record).length);
  block.add(Object.values(record), 1);
  return block;
}

function rowOf(record: Rec, children = ''): string {
  return (
    rowIdentity(Object.keys(record))(
      blockOf(record),
      0,
      children === '' ? null : Buffer.from(children),
    )?.toString('hex') ?? ''
  );
}

function keyOf(record: Rec, key: readonly string[]): string | null {
  return keyIdentity(Object.keys(record), key)(blockOf(record), 0, null)?.toString('hex') ?? null;
}

describe('by row', () => {
  test.each<{ name: string; one: Rec; other: Rec; equal: boolean }>([
    { name: 'columns in another order', one: { a: '1', b: '2' }, other: { b: '2', a: '1' }, equal: true },
    { name: 'names in another case', one: { a: '1', B: '2' }, other: { A: '1', b: '2' }, equal: true },
    { name: 'one has a further empty column', one: { a: '1' }, other: { a: '1', b: null }, equal: true },
    { name: 'both are empty', one: { a: null }, other: { b: null }, equal: true },
    { name: 'values exchanged', one: { a: '1', b: '2' }, other: { a: '2', b: '1' }, equal: false },
    { name: 'the value under another name', one: { a: '1' }, other: { b: '1' }, equal: false },
    { name: 'a number written differently', one: { a: '1' }, other: { a: '1.0' }, equal: false },
    { name: 'a padded number', one: { a: '1' }, other: { a: '01' }, equal: false },
    { name: 'a space', one: { a: 'x' }, other: { a: 'x ' }, equal: false },
    { name: 'values in another case', one: { a: 'x' }, other: { a: 'X' }, equal: false },
    {
      name: 'the cut between two values moved',
      one: { a: '12', b: '3' },
      other: { a: '1', b: '23' },
      equal: false,
    },
    {
      name: 'a value that looks like the next cell',
      one: { a: 'x\0b\x001:y', b: null },
      other: { a: 'x', b: 'y' },
      equal: false,
    },
  ])('$name: $equal', ({ one, other, equal }) => expect(rowOf(one) === rowOf(other)).toBe(equal));

  test('equal exactly when the columns that say something say the same', () => {
    const value = fc.oneof(fc.constant(null), fc.constantFrom('1', '01', 'x', '1:x', '\0a\x001:1'));
    const record = fc.dictionary(fc.constantFrom('a', 'b', 'ab', 'c'), value, { noNullPrototype: true });
    const said = (one: Rec) =>
      JSON.stringify(
        Object.entries(one)
          .filter(([, cell]) => cell !== null)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    fc.assert(
      fc.property(record, record, (one, other) => {
        expect(rowOf(one) === rowOf(other)).toBe(said(one) === said(other));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('child rows that say something else make another record', () => {
    const all = ['', 'x', 'y'].map((children) => rowOf({ a: '1' }, children));
    expect(new Set(all).size).toBe(3);
    expect(rowOf({ a: '1' }, 'x')).toBe(all[1]);
  });

  test('a value of any length, wherever it stands, is read to its end and not beyond', () => {
    const letters = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(letters, letters, letters, (a, b, before) => {
        const block = new CellBlock();
        block.begin(2);
        block.add([before, `${before}.`], 1);
        block.add([a, b], 2);
        const identity = rowIdentity(['a', 'b'])(block, 1, null)?.toString('hex');
        expect(identity).toBe(rowOf({ b, a }));
        expect(rowOf({ a: `${a}x`, b })).not.toBe(identity);
        expect(rowOf({ a: `${a}\0`, b })).not.toBe(identity);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('a hundred thousand records that differ in a digit or two have as many identities', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 100_000; i += 1) {
      seen.add(
        rowOf({ t: '2026-11-22T00:00:00Z', board: String(i % 1000), pad: String(Math.floor(i / 1000)) }),
      );
    }
    expect(seen.size).toBe(100_000);
  });

  test('is 16 bytes', () => expect(rowOf({ a: '1' })).toHaveLength(32));
});

describe('by key', () => {
  test('only the key columns count, in any order and case', () => {
    const one = keyOf({ lot: '7', board: '1', void: '3' }, ['lot', 'Board']);
    expect(keyOf({ void: '9', BOARD: '1', Lot: '7' }, ['board', 'lot'])).toBe(one);
    expect(keyOf({ lot: '7', board: '2', void: '3' }, ['lot', 'board'])).not.toBe(one);
  });

  test('a record whose key columns are all empty has none', () => {
    expect(keyOf({ lot: null, board: null, void: '3' }, ['lot', 'board'])).toBeNull();
  });

  test('a record without any key column has none', () => expect(keyOf({ void: '3' }, ['lot'])).toBeNull());

  test('one key column that is filled is enough', () => {
    expect(keyOf({ lot: '7', board: null }, ['lot', 'board'])).toBe(keyOf({ lot: '7' }, ['lot', 'board']));
  });

  test('is never that of a row', () => expect(keyOf({ a: '1' }, ['a'])).not.toBe(rowOf({ a: '1' })));
});
