import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { findDialect, type GivenDialect } from '../../src/format/dialect.ts';
import { DialectMemory } from '../../src/format/dialect-memory.ts';
import { PlainTable } from '../../src/format/dialect-plain.ts';

const given: GivenDialect = {
  delimiter: 'auto',
  quote: 'auto',
  escape: 'auto',
  header: 'auto',
  preamble: true,
  likely: null,
};

const header = 'time,void_pct,area_mm2,note\n';
const first = `${header}2026-11-22,1.5,7,ok\n2026-11-22,2.5,8,\n2026-11-22,3.5,9,bad\n`;

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -999, max: 999 }).map(String) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('1.25', '-3.', '2026-11-22', 'ok', '', 'x7', '"a ""b"" c"', '"1"'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'note',
      'time',
      'area_mm2',
      '1e5',
      '"a\nb"',
      'a"b',
      '#',
      '1,2',
      'n/a',
      '-',
      '.',
    ),
  },
);
const record = fc.array(value, { minLength: 4, maxLength: 4 }).map((fields) => fields.join(','));

test('a plain table that is seen again is one that a full look finds', () => {
  const finding = findDialect(first, given);
  const plain = PlainTable.of(first, header, finding.dialect, true);
  expect(plain).not.toBeNull();
  let seen = 0;
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean(), (records, ended) => {
      const sample = header + records.join('\n') + (ended ? '\n' : '');
      if (!plain?.recordsOf(Buffer.from(sample), new CellBlock())) return;
      seen += 1;
      expect(findDialect(sample, given)).toMatchObject({ dialect: finding.dialect, tiedWith: null });
    }),
    { seed: 1, numRuns: 3000 },
  );
  expect(seen).toBeGreaterThan(100);
});

/** Cells of one column, some of them with another delimiter in each. */
const columnOf = (other: string) =>
  fc.constantFrom(
    [fc.integer({ min: 0, max: 999 }).map(String)],
    [fc.constantFrom('0.5', '12.25')],
    [fc.constantFrom('ok', 'two words', '', 'x 1')],
    [fc.constantFrom(`1${other}5`, `12${other}25`)],
    [fc.constantFrom(`a${other}b`, `${other}`, `a${other}b${other}7`)],
    [fc.constantFrom('plain', `a${other} b`, '8')],
    [fc.constantFrom('plain', 'x', 'y', 'z', 'u', `a${other}b`)],
  );

/** Two tables under one header, cut by one delimiter while another stands in cells. */
const alike = fc
  .record({ delimiter: fc.constantFrom(',', ';', '\t', '|'), other: fc.constantFrom(',', ';', '\t', '|') })
  .filter(({ delimiter, other }) => delimiter !== other)
  .chain(({ delimiter, other }) =>
    fc.array(columnOf(other), { minLength: 3, maxLength: 6 }).chain((columns) => {
      const row = fc
        .tuple(...columns.map(([cell]) => cell ?? fc.constant('')))
        .map((cells) => cells.join(delimiter));
      const table = fc.array(row, { minLength: 3, maxLength: 20 }).map((rows) => {
        const names = columns.map((_, index) => `name ${'abcdef'.charAt(index)}`).join(delimiter);
        return `${names}\n${rows.join('\n')}\n`;
      });
      return fc.tuple(table, table);
    }),
  );

test('what another delimiter cuts as well is looked at anew', () => {
  let recalled = 0;
  fc.assert(
    fc.property(alike, ([before, sample]) => {
      const memory = new DialectMemory();
      memory.keep(before, given, findDialect(before, given));
      const found = memory.recall(Buffer.from(sample), given);
      if (!found) return;
      recalled += 1;
      expect(findDialect(sample, given)).toMatchObject({ dialect: found.finding.dialect, tiedWith: null });
    }),
    { seed: 1, numRuns: 20_000 },
  );
  expect(recalled).toBeGreaterThan(500);
});

test('a table is seen again where another delimiter stands in few of its records', () => {
  const table = (...notes: string[]) => `id,x,note\n${notes.map((note, i) => `${i},2,${note}\n`).join('')}`;
  const memory = new DialectMemory();
  const usual = table(...'abcdefgh');
  memory.keep(usual, given, findDialect(usual, given));
  const isSeen = (sample: string) => memory.recall(Buffer.from(sample), given) !== null;
  expect(isSeen(table(...'abcdefg', 'h;i'))).toBe(true);
  expect(isSeen(table(...'abcde', 'f;', 'g;', 'h;i'))).toBe(false);
});

test('a table with decimal commas is seen again where four columns stand against them', () => {
  const table = (row: string) => `id;x;y;note\n${`${row}\n`.repeat(5)}`;
  const isSeen = (before: string, sample: string) => {
    const memory = new DialectMemory();
    memory.keep(before, given, findDialect(before, given));
    return memory.recall(Buffer.from(sample), given) !== null;
  };
  const usual = table('1;2,5;3,75;ok');
  expect(isSeen(usual, table('7;12,5;-3,5;bad'))).toBe(true);
  expect(isSeen(usual, table('7;12,5;-3,5;a, b, c'))).toBe(false);
  expect(isSeen(usual, table('7;12,5;-3,5; bad'))).toBe(false);
});

test.each([
  ['names that might be values', 'time,1,2,note\n2026,5,6,ok\n2026,5,6,ok\n'],
  ['no column of numbers', 'a,b,c\nx,y,z\nx,y,z\n'],
  ['a title above its header', 'Report\n\na,b,c\n1,2,3\n4,5,6\n'],
  ['two columns', 'a,b\n1,2\n3,4\n'],
])('a table is not plain with %s', (_what, sample) => {
  const { dialect } = findDialect(sample, given);
  const [top = ''] = sample.split('\n');
  expect(PlainTable.of(sample, `${top}\n`, dialect, true)).toBeNull();
});
