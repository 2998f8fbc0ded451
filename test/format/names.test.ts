import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniqueNames } from '../../src/format/names.ts';

const cases: [string, string[], string[]][] = [
  ['leaves unique names alone', ['a', 'b', 'ä', 'Ä'], ['a', 'b', 'ä', 'Ä']],
  ['numbers duplicates in order', ['a', 'a', 'a'], ['a', 'a_2', 'a_3']],
  ['ignores the case of ASCII letters, as SQLite does', ['Lot', 'lot', 'LOT'], ['Lot', 'lot_2', 'LOT_3']],
  ['names empty columns by their place', ['', 'a', ''], ['col_1', 'a', 'col_3']],
  [
    'keeps clear of the names of our own columns',
    ['_id', '_Line', '_file_id'],
    ['_id_2', '_Line_2', '_file_id_2'],
  ],
  ['lets a name that stands in the header win', ['a', 'a', 'a_2'], ['a', 'a_3', 'a_2']],
  ['lets it win over an empty one, too', ['', 'col_1'], ['col_1_2', 'col_1']],
  ['spells out what a name in SQL cannot hold', ['a\0b', '\ud800'], ['a\\u0000b', '\\ud800']],
  ['keeps odd names odd', [' a', 'a ', '"', '__proto__'], [' a', 'a ', '"', '__proto__']],
];

describe('uniqueNames', () => {
  it.each(cases)('%s', (_behaviour, names, expected) => {
    expect(uniqueNames(names).names).toEqual(expected);
  });

  it('says what it renamed', () => {
    expect(uniqueNames(['a', 'A', '']).renamed).toEqual([
      { position: 2, from: 'A', to: 'A_2' },
      { position: 3, from: '', to: 'col_3' },
    ]);
  });

  it('makes any header unique, changing only what it must', () => {
    const name = fc.oneof(
      fc.constantFrom(
        '',
        'a',
        'A',
        'a_2',
        'A_2',
        'a_2_2',
        'col_1',
        'col_2',
        'Col_3',
        '_id',
        '_ID_2',
        '_line',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (header) => {
        const { names } = uniqueNames(header);
        const folded = names.map((name) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
        expect(new Set([...folded, '_id', '_file_id', '_line']).size).toBe(header.length + 3);
        expect(names).not.toContain('');
        expect(names).toHaveLength(header.length);
        expect(uniqueNames(names).names).toEqual(names);
      }),
    );
  });

  it('is quick with many duplicates', () => {
    const { names } = uniqueNames(Array.from({ length: 100_000 }, () => 'x'));
    expect(names.at(-1)).toBe('x_100000');
  });
});
