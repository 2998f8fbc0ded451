import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutRows, Lane, LaneAdmission, type LaneSyntax } from '../../src/format/csv-lane.ts';

/** What csv-parse makes of a text as the reader calls it; null for a quote out of place. */
function parsed(text: string, { delimiter, quote }: LaneSyntax): string[][] | null {
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

const syntax = fc.record<LaneSyntax>({
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

describe('the lane', () => {
  test('cuts any text as csv-parse does, and refuses what csv-parse refuses', () => {
    fc.assert(
      fc.property(text, syntax, (said, how) => {
        // Whole records: the reader closes the last with a line end, and no byte order mark is left.
        const whole = `${said.replaceAll('\ufeff', '')}\n`;
        expect(cutRows(Buffer.from(whole), how)).toEqual(parsed(whole, how));
      }),
      { numRuns: 20_000 },
    );
  });

  test('is admitted to a shape once it agreed with csv-parse on a whole file of it', () => {
    const admission = new LaneAdmission();
    const block = Buffer.from('1,2\n3,"4"\n');
    const strictly = () => parsed(block.toString(), { delimiter: ',', quote: '"' });
    let asked = 0;
    const readFile = (shape: string) => {
      const lane = new Lane({ delimiter: ',', quote: '"' }, admission);
      lane.enter(shape);
      const rows = lane.rows(block, () => {
        asked += 1;
        return strictly();
      });
      lane.end();
      return rows;
    };
    expect(readFile('a,b')).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(asked).toBe(1);
    expect(readFile('a,b')).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(asked).toBe(1);
    readFile('a,c');
    expect(asked).toBe(2);
  });

  test('is never admitted to a shape on which it once differed', () => {
    const admission = new LaneAdmission();
    for (const rows of [[['x']], [['1', '2']]]) {
      const lane = new Lane({ delimiter: ',', quote: '"' }, admission);
      lane.enter('a,b');
      lane.rows(Buffer.from('1,2\n'), () => rows);
      lane.end();
    }
    const lane = new Lane({ delimiter: ',', quote: '"' }, admission);
    lane.enter('a,b');
    expect(lane.rows(Buffer.from('1,2\n'), () => [['asked']])).toEqual([['asked']]);
  });
});
