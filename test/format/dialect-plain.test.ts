import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { dialectAgain, findDialect, type GivenDialect } from '../../src/format/dialect.ts';
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
  const plain = PlainTable.of(first, header, finding.dialect);
  expect(plain).not.toBeNull();
  let seen = 0;
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean(), (records, ended) => {
      const sample = header + records.join('\n') + (ended ? '\n' : '');
      if (!plain?.recordsOf(Buffer.from(sample), new CellBlock())) return;
      seen += 1;
      expect(dialectAgain(sample, finding, given)).toEqual(finding);
    }),
    { seed: 1, numRuns: 3000 },
  );
  expect(seen).toBeGreaterThan(100);
});

test.each([
  ['names that might be values', 'time,1,2,note\n2026,5,6,ok\n2026,5,6,ok\n'],
  ['no column of numbers', 'a,b,c\nx,y,z\nx,y,z\n'],
  ['a title above its header', 'Report\n\na,b,c\n1,2,3\n4,5,6\n'],
  ['two columns', 'a,b\n1,2\n3,4\n'],
])('a table is not plain with %s', (_what, sample) => {
  const { dialect } = findDialect(sample, given);
  const [top = ''] = sample.split('\n');
  expect(PlainTable.of(sample, `${top}\n`, dialect)).toBeNull();
});
