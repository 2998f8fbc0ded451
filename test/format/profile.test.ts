import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { type ColumnProfile, emptyProfile } from '../../src/domain/segment.ts';
import { profileCell, profileColumn } from '../../src/format/profile.ts';

/** The counts that are not zero. */
function profileOf(cell: string, decimalComma = false): Partial<ColumnProfile> {
  const profile = emptyProfile();
  profileCell(profile, cell, decimalComma);
  // A glance at the bytes finds the same.
  expect(glanced([cell], decimalComma)).toEqual(profile);
  return Object.fromEntries(
    Object.entries(profile).filter(([, count]) => typeof count === 'number' && count > 0),
  );
}

/** The profile of a column of a block: behind each of its cells stands a zero that is no part of it. */
function glanced(cells: readonly (string | null)[], decimalComma = false): ColumnProfile {
  const block = new CellBlock();
  block.begin(2);
  for (const cell of cells) block.add(['0', cell], 1);
  const profile = emptyProfile();
  profileColumn(profile, block, 1, [0, block.records], decimalComma);
  return profile;
}

const kinds: Record<string, { counts: Partial<ColumnProfile>; cells: string[] }> = {
  'a canonical integer of 64 bits': {
    counts: { integers: 1 },
    cells: ['0', '7', '-12', '999999999999999', '-999999999999999'],
  },
  'an integer that a double would round': {
    counts: { integers: 1, longIntegers: 1 },
    cells: ['1000000000000000', '-1000000000000000', '9223372036854775807', '-9223372036854775808'],
  },
  'a decimal': {
    counts: { decimals: 1 },
    cells: [
      '1.50',
      '0.5',
      '.5',
      '5.',
      '-0.25',
      '-.5',
      '1e-5',
      '1E+5',
      '1.5E3',
      '1.e3',
      '0.0',
      '123456789.012345',
    ],
  },
  'a number that a numeric column would mangle': {
    counts: { oddNumbers: 1 },
    cells: [
      ...[
        '007',
        '00',
        '-0',
        '-07',
        '+5',
        '+1.5',
        ' 12',
        '12 ',
        '\t1.5',
        '1\n',
        '12E4',
        '12e4',
        '0e5',
        '00.5',
        '-00.5',
      ],
      ...['9223372036854775808', '-9223372036854775809', '12345678901234567890', '1234567890.123456'],
      ...['0x1F', '0Xff', '-0x1F', '1\0', '1e+999', '1.0e-400', '4.9e-324'],
    ],
  },
  'a word': {
    counts: { words: 1 },
    cells: [
      ...[
        'N/A',
        'abc',
        '-',
        '.',
        '+',
        '-.',
        ' ',
        '1,5',
        '1.2.3',
        '2026-01-02',
        '12:30',
        '1e',
        '1e+',
        'e5',
        '.e5',
      ],
      ...['12abc', '0x', '0xG', '--5', '5-', '1_000', '\u00a05', '٣', 'NaN', 'Infinity', '-inf', 'a\0', '5%'],
    ],
  },
};

describe.each(Object.entries(kinds))('%s', (_kind, { counts, cells }) => {
  it.each(cells)('is %j', (cell) => {
    expect(profileOf(cell)).toEqual(counts);
  });
});

describe('where a comma may stand for the point', () => {
  it.each([
    ['1,5', { commaDecimals: 1 }],
    ['-0,25', { commaDecimals: 1 }],
    ['1.5', { decimals: 1 }],
    ['007,5', { oddNumbers: 1 }],
    ['+1,5', { oddNumbers: 1 }],
    ['0,12345678901234567', { oddNumbers: 1 }],
    ['1.234,5', { words: 1 }],
    ['1,2,3', { words: 1 }],
    ['12', { integers: 1 }],
  ])('%j', (cell, counts) => {
    expect(profileOf(cell, true)).toEqual(counts);
  });

  it('the first odd number and the first word are kept as examples', () => {
    const profile = emptyProfile();
    for (const cell of ['1', 'N/A', '007', 'x', '008']) profileCell(profile, cell);
    expect(profile).toMatchObject({ oddNumber: '007', word: 'N/A' });
  });
});

it('cells without a value are counted as empty, and the first word is kept of many', () => {
  const profile = glanced(['1', null, 'a', 'b', '', '2.5', null]);
  expect(profile).toEqual({ ...emptyProfile(), empty: 2, integers: 1, decimals: 1, words: 3, word: 'a' });
});

describe('what a column of SQLite makes of a value', () => {
  const db = new Database(':memory:');
  db.defaultSafeIntegers(true);
  db.exec('CREATE TABLE t (i INTEGER, r REAL, n NUMERIC)');
  const insert = db.prepare<[string, string, string]>('INSERT INTO t VALUES (?, ?, ?)');
  const select = db.prepare<[], { i: unknown; r: unknown; n: unknown }>('SELECT i, r, n FROM t');
  afterAll(() => db.close());

  function stored(cell: string) {
    db.exec('DELETE FROM t');
    insert.run(cell, cell, cell);
    return select.get();
  }

  const digits = fc.stringMatching(/^\d{1,22}$/);
  const part = fc.constantFrom(
    ...'0123456789',
    '.',
    '-',
    '+',
    'e',
    'E',
    ' ',
    '\t',
    '\v',
    'x',
    'F',
    '_',
    '\0',
    'é',
    ',',
  );
  const cells = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({ unit: part, minLength: 1, maxLength: 12 }),
    fc.tuple(fc.constantFrom('', '-', '+', ' '), digits).map((parts) => parts.join('')),
    fc.double().map(String),
    fc.double().map((value) => value.toExponential()),
    fc
      .tuple(
        fc.constantFrom('', '-'),
        digits,
        fc.stringMatching(/^\d{0,16}$/),
        fc.integer({ min: -330, max: 330 }),
      )
      .map(([sign, whole, fraction, exponent]) => `${sign}${whole}.${fraction}e${exponent}`),
    fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 15 })).map(([n, d]) => (n / 10 ** d).toFixed(d)),
  );

  it('keeps every word as it is, every integer exact, every decimal at its value', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const profile = profileOf(cell);
        const row = stored(cell);
        if (profile.words) expect(row).toEqual({ i: cell, r: cell, n: cell });
        if (profile.integers) expect(row?.i).toBe(BigInt(cell));
        if (profile.integers && !profile.longIntegers) expect(row?.r).toBe(Number(cell));
        if (profile.decimals) expect(row?.r === Number(cell), `${row?.r} for ${cell}`).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('is the text itself for every canonical integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(profileOf(String(value)).integers).toBe(1);
        expect(String(stored(String(value))?.i)).toBe(String(value));
      }),
    );
  });

  it('is counted with the others of its column as it is alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(cells, fc.constantFrom('-', '-0', '007', '0')), { maxLength: 12 }),
        (column) => {
          const profile = emptyProfile();
          for (const cell of column) profileCell(profile, cell);
          expect(glanced(column)).toEqual(profile);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is one of four kinds, and never another', () => {
    fc.assert(
      fc.property(cells, (cell) => {
        const { integers = 0, decimals = 0, oddNumbers = 0, words = 0 } = profileOf(cell);
        expect(integers + decimals + oddNumbers + words).toBe(1);
      }),
    );
  });
});
