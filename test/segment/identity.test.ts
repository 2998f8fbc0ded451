import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyIdentity, rowIdentity } from '../../src/segment/identity.ts';

type Rec = Readonly<Record<string, string | null>>;

function rowOf(record: Rec): string {
  return rowIdentity(Object.keys(record))(Object.values(record), '')?.toString('hex') ?? '';
}

function keyOf(record: Rec, key: readonly string[]): string | null {
  return keyIdentity(Object.keys(record), key)(Object.values(record), '')?.toString('hex') ?? null;
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
