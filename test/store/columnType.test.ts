import { describe, expect, test } from 'vitest';
import { type ColumnProfile, emptyProfile } from '../../src/domain/segment.ts';
import { profileCell } from '../../src/format/profile.ts';
import { configuredType, firstType, shortestText, widenedType } from '../../src/store/columnType.ts';

const words = (count: number) => Array.from({ length: count }, () => 'N/A');
const integers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

function profileOf(cells: readonly string[]): ColumnProfile {
  const profile = emptyProfile();
  for (const cell of cells) {
    if (cell === '') profile.empty += 1;
    else profileCell(profile, cell);
  }
  return profile;
}

describe('the type of a new column', () => {
  test.each([
    { name: 'integers', cells: ['1', '-2', '0'], type: 'INTEGER' },
    { name: 'integers of 64 bits', cells: ['9223372036854775807'], type: 'INTEGER' },
    { name: 'decimals', cells: ['1.5', '2.25'], type: 'REAL' },
    { name: 'integers and decimals', cells: ['1', '1.5'], type: 'REAL' },
    { name: 'an exponent with a point or a sign', cells: ['1.5E3', '1e-5'], type: 'REAL' },
    { name: 'nothing but empty cells', cells: ['', ''], type: null },
    { name: 'no cells', cells: [], type: null },
    { name: 'empty cells, which do not count', cells: ['', '', '1'], type: 'INTEGER' },
    { name: 'words', cells: ['x'], type: 'TEXT' },
    { name: 'nine integers and one word', cells: [...integers(9), 'N/A'], type: 'INTEGER' },
    { name: 'eight integers and one word', cells: [...integers(8), 'N/A'], type: 'TEXT' },
    {
      name: 'eighteen decimals and two words',
      cells: [...integers(18).map((n) => `${n}.5`), ...words(2)],
      type: 'REAL',
    },
    {
      name: 'seventeen decimals and two words',
      cells: [...integers(17).map((n) => `${n}.5`), ...words(2)],
      type: 'TEXT',
    },
    { name: 'a padded zero among a hundred integers', cells: [...integers(100), '007'], type: 'TEXT' },
    { name: 'a plus sign', cells: ['1', '+1'], type: 'TEXT' },
    { name: 'a space before a number', cells: ['1', ' 12'], type: 'TEXT' },
    { name: 'a hexadecimal number', cells: ['1', '0x1F'], type: 'TEXT' },
    { name: 'a code such as 12E4', cells: ['1', '12E4'], type: 'TEXT' },
    { name: 'an integer beyond 64 bits', cells: ['1', '9223372036854775808'], type: 'TEXT' },
    { name: 'a decimal of 16 digits', cells: ['1.234567890123456'], type: 'TEXT' },
    {
      name: 'a decimal beside an integer that a REAL would round',
      cells: ['1.5', '9007199254740993'],
      type: 'TEXT',
    },
  ])('$name: $type', ({ cells, type }) => expect(firstType(profileOf(cells))).toBe(type));
});

describe('what an INTEGER column becomes for', () => {
  test.each([
    { name: 'integers', cells: ['5'], type: 'INTEGER' },
    { name: 'integers of 64 bits', cells: ['9223372036854775807'], type: 'INTEGER' },
    { name: 'words, which stay as text in it', cells: words(50), type: 'INTEGER' },
    { name: 'empty cells', cells: [''], type: 'INTEGER' },
    { name: 'a decimal', cells: ['1.5'], type: 'REAL' },
    {
      name: 'a decimal with an integer that a REAL would round',
      cells: ['1.5', '9007199254740993'],
      type: 'TEXT',
    },
    { name: 'a padded zero', cells: ['01'], type: 'TEXT' },
    { name: 'a decimal and a padded zero', cells: ['1.5', '01'], type: 'TEXT' },
  ])('$name: $type', ({ cells, type }) => {
    expect(widenedType('INTEGER', profileOf(cells), false)).toBe(type);
  });

  test('a decimal, when it holds integers that a REAL would round: TEXT', () => {
    expect(widenedType('INTEGER', profileOf(['1.5']), true)).toBe('TEXT');
  });

  test('an integer, when it holds integers that a REAL would round: INTEGER', () => {
    expect(widenedType('INTEGER', profileOf(['1']), true)).toBe('INTEGER');
  });
});

describe('what a REAL column becomes for', () => {
  test.each([
    { name: 'an integer', cells: ['5'], type: 'REAL' },
    { name: 'an integer that it would round', cells: ['9007199254740993'], type: 'TEXT' },
    { name: 'words', cells: words(50), type: 'REAL' },
    { name: 'a padded zero', cells: ['00.5'], type: 'TEXT' },
    { name: 'a decimal of 16 digits', cells: ['1.234567890123456'], type: 'TEXT' },
  ])('$name: $type', ({ cells, type }) => {
    expect(widenedType('REAL', profileOf(cells), false)).toBe(type);
  });
});

test('a TEXT column stays one', () => {
  expect(widenedType('TEXT', profileOf(['1']), false)).toBe('TEXT');
});

describe('a type set by the user', () => {
  test.each([
    { name: 'none', types: 'auto', column: 'lot', type: null },
    { name: 'text for all', types: 'text', column: 'lot', type: 'TEXT' },
    { name: 'one for the column', types: { lot: 'real' }, column: 'lot', type: 'REAL' },
    { name: 'one for the column in other case', types: { Lot: 'integer' }, column: 'lOT', type: 'INTEGER' },
    { name: 'one for another column', types: { board: 'text' }, column: 'lot', type: null },
  ] as const)('$name: $type', ({ types, column, type }) => expect(configuredType(types, column)).toBe(type));
});

test.each([
  [1.5, '1.5'],
  [1, '1'],
  [0.1, '0.1'],
  [-2.25, '-2.25'],
  [1e21, '1e+21'],
  ['N/A', 'N/A'],
  [null, null],
  [9007199254740993n, 9007199254740993n],
])('the shortest text of %s is %s', (value, text) => expect(shortestText(value)).toBe(text));
