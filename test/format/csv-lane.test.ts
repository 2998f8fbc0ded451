import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { BlockCutter, type CutSyntax } from '../../src/format/csv-cutter.ts';
import { Lane, LaneAdmission } from '../../src/format/csv-lane.ts';
import { flatRecord } from '../../src/format/record.ts';
import { OpenLanes } from './openLanes.ts';

/** What csv-parse makes of a text as the reader calls it; null for a quote out of place. */
function parsed(text: string, { delimiter, quote }: CutSyntax): string[][] | null {
  try {
    return parse(Buffer.from(text), {
      delimiter: [delimiter],
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

const syntax = fc.record<CutSyntax>({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'", null),
});
const piece = fc.oneof(
  fc.constantFrom(
    '"',
    '""',
    "'",
    ',',
    ';',
    '\t',
    '|',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\\',
    '0',
    'a',
    '"a"',
    "'b'",
    ',,',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

/** What the lane makes of a text; null where csv-parse must read some of it. */
function cut(text: string, how: CutSyntax, fields: number): (string | null)[][] | null {
  const cells = new CellBlock();
  const cutter = new BlockCutter(how, { fields, free: 0, nulls: new Set() });
  const bytes = Buffer.from(text);
  if (cutter.cut(bytes, 1, cells) < bytes.length) return null;
  return Array.from({ length: cells.records }, (_, record) => cells.record(record));
}

describe('the lane', () => {
  test('cuts regular text as csv-parse does, and nothing else', () => {
    let regular = 0;
    fc.assert(
      fc.property(text, syntax, fc.integer({ min: 1, max: 3 }), (said, how, fields) => {
        // Whole records: the reader closes the last with a line end, and no byte order mark is left.
        const whole = `${said.replaceAll('\ufeff', '')}\n`;
        const rows = cut(whole, how, fields);
        if (rows !== null) expect(rows).toEqual(parsed(whole, how));
        regular += rows === null ? 0 : 1;
      }),
      { seed: 1, numRuns: 20_000 },
    );
    expect(regular).toBeGreaterThan(1000);
  });

  test('cuts all that is regular, whatever the quoting and the line ends', () => {
    const field = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ', '0'),
      maxLength: 6,
    });
    const record = fc.record({
      fields: fc.tuple(field, field, field),
      quoted: fc.boolean(),
      end: fc.constantFrom('\n', '\r\n'),
    });
    const written = (value: string, quoted: boolean) =>
      quoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const lines = records.map(
          ({ fields, quoted, end }) => fields.map((value) => written(value, quoted)).join(',') + end,
        );
        const expected = records.map(({ fields }) => fields);
        expect(cut(lines.join(''), { delimiter: ',', quote: '"' }, 3)).toEqual(expected);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('says on which line each record starts, and which cells have no value', () => {
    const cells = new CellBlock();
    const nulls = new Set(['', 'NA']);
    const cutter = new BlockCutter({ delimiter: ',', quote: '"' }, { fields: 2, free: 1, nulls });
    const block = Buffer.from('a,"x\ny\r\nz"\r\nNA,""\nNAN,b\n');
    expect(cutter.cut(block, 7, cells)).toBe(block.length);
    expect(cells.lineBehind).toBe(12);
    cells.lead(['own']);
    expect(Array.from({ length: 3 }, (_, record) => [cells.lines[record], ...cells.record(record)])).toEqual([
      [7, 'own', 'a', 'x\ny\r\nz'],
      [10, 'own', null, null],
      [11, 'own', 'NAN', 'b'],
    ]);
  });

  test.each(['1,2,3', '1', '', '"1"x,2', '"1', 'x"1,2', '"1\n2,'])('stops before %j', (irregular) => {
    const cells = new CellBlock();
    const cutter = new BlockCutter({ delimiter: ',', quote: '"' }, { fields: 2, free: 0, nulls: new Set() });
    const regular = 'a,"x\ny"\nb,""\n';
    expect(cutter.cut(Buffer.from(`${regular}${irregular}\nc,d\n`), 7, cells)).toBe(regular.length);
    expect([cells.records, cells.lineBehind]).toEqual([2, 10]);
  });

  /** Reads a file through the lane; returns whether csv-parse was needed. */
  function readFile(admission: LaneAdmission, header: string, rows: string[][]): boolean {
    const block = Buffer.from('1,2\n3,"4"\n');
    const lane = new Lane({ delimiter: ',', quote: '"' }, admission, null);
    lane.enter(header, { fields: 2, free: 0, nulls: new Set() });
    const isAdmitted = lane.isAdmitted;
    expect(lane.cut(block, 1).bytes).toBe(lane.isOfUse ? block.length : 0);
    if (!isAdmitted) {
      lane.compare(
        block,
        rows.map((row, index) => flatRecord(row, index + 1)),
      );
    }
    lane.end();
    return !isAdmitted;
  }

  const rows = [
    ['1', '2'],
    ['3', '4'],
  ];

  test.each([
    ['takes records that were cut ahead', { free: 0, nulls: new Set(['']) }, 9, true],
    ['cuts anew where a place is to be left free', { free: 1, nulls: new Set(['']) }, 9, false],
    ['cuts anew where other texts are no value', { free: 0, nulls: new Set(['', 'NA']) }, 9, false],
    ['cuts anew where all texts are values', { free: 0, nulls: new Set<string>() }, 9, false],
    ['cuts anew what is another block', { free: 0, nulls: new Set(['']) }, 10, false],
  ])('%s', (_what, shape, bytes, isAhead) => {
    const ahead = { cells: new CellBlock(), bytes };
    const lane = new Lane({ delimiter: ',', quote: '"' }, new OpenLanes(), ahead);
    lane.enter('a,b', { fields: 2, ...shape });
    expect(lane.cut(Buffer.from('1,2\n3,"4"'), 2) === ahead).toBe(isAhead);
  });

  test('is admitted to a shape once it agreed with csv-parse on a whole file of it', () => {
    const admission = new LaneAdmission();
    expect(readFile(admission, 'a,b', rows)).toBe(true);
    expect(readFile(admission, 'a,b', rows)).toBe(false);
    expect(readFile(admission, 'a,c', rows)).toBe(true);
  });

  test('is admitted to the rest of a large file once it agreed on the first megabyte', () => {
    const lane = new Lane({ delimiter: ',', quote: '"' }, new LaneAdmission(), null);
    lane.enter('a,b', { fields: 2, free: 0, nulls: new Set() });
    const lines = 100_000;
    const block = Buffer.from('1,2\n'.repeat(lines));
    const records = Array.from({ length: lines }, (_, index) => flatRecord(['1', '2'], index + 1));
    let compared = 0;
    for (; !lane.isAdmitted; compared += block.length) lane.compare(block, records);
    expect(compared).toBeGreaterThan(1_000_000);
    expect(compared).toBeLessThan(1_500_000);
  });

  test('is never admitted to a shape on which it once differed', () => {
    const admission = new LaneAdmission();
    expect(readFile(admission, 'a,b', [['x', '2']])).toBe(true);
    expect(readFile(admission, 'a,b', rows)).toBe(true);
    expect(readFile(admission, 'a,b', rows)).toBe(true);
  });
});
