import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import { type CsvParts, CsvReader } from '../../src/format/csv.ts';
import { LaneAdmission } from '../../src/format/csv-lane.ts';
import type { Dialect } from '../../src/format/dialect.ts';
import { collect, type Found } from './collect.ts';
import { OpenLanes } from './openLanes.ts';

type Options = Partial<CsvParts & Dialect>;

/** RFC 4180 with a header on the first line, but for `options`. */
function csvOptions({ delimiter = ',', quote = '"', ...more }: Options): CsvParts {
  const found = {
    escape: 'doubled' as const,
    spaced: false,
    firstLine: 1,
    hasHeader: true,
    width: null,
    preamble: [],
    ...more,
  };
  return {
    dialect: { delimiter, quote, ...found },
    encoding: 'utf-8',
    markLength: 0,
    maxRecordBytes: 10 * 1024 * 1024,
    pad: false,
    nulls: [''],
    skipUnits: false,
    decimalComma: false,
    lanes: null,
    helpers: null,
    ...more,
  };
}

function read(bytes: string | Buffer, options: Options = {}, chunkSizes?: number[]): Found {
  const all = Buffer.from(bytes);
  const markLength = all.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
  const by = (lanes: LaneAdmission | null) => {
    const settings = csvOptions({ markLength, lanes, ...options });
    return collect((sink) => new CsvReader(sink, settings), all.subarray(markLength), chunkSizes);
  };
  const found = by(null);
  // The lane reads the same, also what it was not admitted to, and so do both while it is on trial.
  expect(by(new OpenLanes())).toEqual(found);
  expect(by(new LaneAdmission())).toEqual(found);
  return found;
}

function failure(bytes: string | Buffer, options?: Options): IngestError {
  try {
    read(bytes, options);
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
  throw new Error('the file was read without an error');
}

describe('the header', () => {
  it('names the columns, and a file of nothing else has no records', () => {
    expect(read('a,b\n')).toMatchObject({ columns: ['a', 'b'], rows: [], rejects: [] });
    expect(read('a,b')).toMatchObject({ columns: ['a', 'b'], rows: [] });
  });

  it('is absent from an empty file', () => {
    for (const empty of ['', '\ufeff', '\n\n'])
      expect(read(empty)).toMatchObject({ columns: null, rows: [] });
  });

  it('loses its byte order mark, and a quote behind it still opens a field', () => {
    expect(read('\ufeff"a\n1",b\n1,2\n', {}, [1])).toMatchObject({
      columns: ['a\n1', 'b'],
      rows: [['1', '2']],
      lines: [3],
    });
  });

  it('keeps the spaces around its names', () => {
    expect(read(' a , b\n').columns).toEqual([' a ', ' b']);
  });

  it('is made unique, with a warning that names what changed', () => {
    const { columns, warnings } = read('a,A,,_id\n');
    expect(columns).toEqual(['a', 'A_2', 'col_3', '_id_2']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('column 2 "A" is "A_2"');
  });

  it('may stand below blank lines', () => {
    expect(read('\n\r\na,b\n1,2\n')).toMatchObject({ columns: ['a', 'b'], lines: [4] });
  });

  it('shows the bytes that do not decode in its names', () => {
    expect(read(Buffer.from('a\xff,b\n1,2\n', 'latin1'))).toMatchObject({
      columns: ['a\\xff', 'b'],
      rows: [['1', '2']],
    });
  });

  it('with a quote out of place is cut at each delimiter, with a warning', () => {
    const { columns, rows, warnings } = read('a,"b,"c"\n1,2,3\n');
    expect({ columns, rows }).toEqual({ columns: ['a', '"b', 'c'], rows: [['1', '2', '3']] });
    expect(warnings).toEqual(['broken_header: Line 1: a quote in the header is out of place: a,"b,"c"']);
  });

  it('may name more or fewer columns than the records have fields, with a warning', () => {
    const fewer = read('a,b\n1,2,3\n4,5,6\n', { width: 3 });
    expect(fewer).toMatchObject({
      columns: ['a', 'b', 'col_3'],
      rows: [
        ['1', '2', '3'],
        ['4', '5', '6'],
      ],
    });
    expect(fewer.warnings.at(-1)).toContain('names 2 columns, the records have 3 fields');
    const more = read('a,b,c\n1,2\n4,5,6\n', { width: 2 });
    expect(more).toMatchObject({
      columns: ['a', 'b', 'c'],
      rows: [
        ['1', '2', null],
        ['4', '5', '6'],
      ],
      rejects: [],
    });
  });

  it('may be none: then the columns are numbered', () => {
    expect(read('1,2\n3,4\n', { hasHeader: false })).toMatchObject({
      columns: ['col_1', 'col_2'],
      lines: [1, 2],
      warnings: [],
    });
  });

  it('stands below the lines that are passed over, whatever is in them', () => {
    const text = 'Report "x\r\n\xe4,,\n\na,b\n1,2\n';
    expect(read(text, { firstLine: 4 }, [1])).toMatchObject({ columns: ['a', 'b'], lines: [5] });
  });

  it('may have a row of units below it, which is kept but is no record', () => {
    const { rows, lines, preamble } = read('t,v\ns,mm\n1,2\n', { skipUnits: true }, [1]);
    expect({ rows, lines, preamble }).toEqual({
      rows: [['1', '2']],
      lines: [3],
      preamble: [{ key: 'units', value: 's,mm' }],
    });
  });

  it('fails the file when it has more columns than a table can hold', () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`).join();
    expect(read(names(1900)).columns).toHaveLength(1900);
    expect(failure(names(1901)).code).toBe('too_many_columns');
  });
});

describe('records', () => {
  it('hold null for an empty field, quoted or not', () => {
    expect(read('a,b,c\n,"",x\n').rows).toEqual([[null, null, 'x']]);
  });

  it('keep quotes, delimiters and line ends that stand in quotes', () => {
    expect(read('a,b\n"say ""hi""","1,\r\n2"\n3,4').rows).toEqual([
      ['say "hi"', '1,\r\n2'],
      ['3', '4'],
    ]);
  });

  it.each(['\n', '\r\n', '\r'])('end at %j, the last one also without it', (eol) => {
    const text = ['a,b', '1,2', '', '"x', 'y",4', '5,6'].join(eol);
    for (const chunk of [1, 2, 1000]) {
      const { rows, lines } = read(text, {}, [chunk]);
      expect(rows).toEqual([
        ['1', '2'],
        [`x${eol}y`, '4'],
        ['5', '6'],
      ]);
      expect(lines).toEqual([2, 4, 6]);
    }
  });

  it('end once where a block cuts a CRLF', () => {
    for (let size = 5; size < 16; size++) {
      expect(read('a,b\r\n1,2\r\n3,4\r\n', { maxRecordBytes: size }).lines).toEqual([2, 3]);
    }
  });

  it('may mix line ends', () => {
    expect(read('a,b\r1,2\n3,4\r\n\r5,6\r')).toMatchObject({
      rows: [
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
      ],
      lines: [2, 3, 5],
    });
  });

  it('of one column tell a blank line from an empty field', () => {
    expect(read('a\n1\n\n""\n2\n')).toMatchObject({ rows: [['1'], [null], ['2']], lines: [2, 4, 5] });
  });

  it('may have empty fields beyond the last column', () => {
    expect(read('a,b\n1,2,\n3,4,,\n"5",6,""\n')).toMatchObject({
      rows: [
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
      ],
      rejects: [],
    });
  });

  it('take another delimiter and quote, or no quote', () => {
    expect(read("a;b\n'x;''y';2\n", { delimiter: ';', quote: "'" }).rows).toEqual([["x;'y", '2']]);
    expect(read('a\tb\n"x\t5"\n', { delimiter: '\t', quote: null }).rows).toEqual([['"x', '5"']]);
  });
});

describe('a record that cannot be stored is a reject, and those around it load', () => {
  it('with too few or too many fields', () => {
    const { rows, rejects, lines } = read('\ufeffa,b\r\n1,2\r\n3\r\n"x\r\ny",é,5\r\n6,7\r\n');
    expect(rows).toEqual([
      ['1', '2'],
      ['6', '7'],
    ]);
    expect(lines).toEqual([2, 6]);
    expect(rejects).toEqual([
      {
        line: 3,
        byteOffset: 13,
        column: null,
        code: 'too_few_fields',
        message:
          'Too few fields: the header has 2, the record 1. Mend the record, or set "ragged": "pad" to fill up short ones.',
        raw: '3',
      },
      {
        line: 4,
        byteOffset: 16,
        column: null,
        code: 'too_many_fields',
        message:
          'Too many fields: the header has 2, the record 3. Quote the field that holds a delimiter, or set "csv.delimiter".',
        raw: '"x\r\ny",é,5',
      },
    ]);
  });

  it('with bytes that are not UTF-8, which are never replaced', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\nö,2\nM'), Buffer.of(0xfc), Buffer.from('ller,é\n3,€\n')]);
    const { rows, rejects } = read(bytes);
    expect(rows).toEqual([
      ['ö', '2'],
      ['3', '€'],
    ]);
    expect(rejects).toMatchObject([{ line: 3, byteOffset: 9, code: 'encoding', raw: 'M\\xfcller,é' }]);
  });

  it('with a NUL', () => {
    const { rows, rejects } = read('a,b\n1,2\0\n3,4\n');
    expect(rows).toEqual([['3', '4']]);
    expect(rejects).toMatchObject([{ line: 2, byteOffset: 4, code: 'nul', raw: '1,2\0' }]);
  });

  it('with "" for all it says where there are more columns', () => {
    expect(read('a,b\n\n""\n1,2\n')).toMatchObject({
      lines: [4],
      rejects: [{ line: 3, byteOffset: 5, raw: '""' }],
    });
  });

  it('in the line and at the byte where it stands, many blocks into the file', () => {
    const line = `${'x'.repeat(50)},"y\n"\n`;
    const { rows, rejects, lines } = read(`a,b\n${line.repeat(60_000)}short\n1,2\n`, {}, [65_536]);
    expect(rows).toHaveLength(60_001);
    expect(rejects).toMatchObject([{ line: 120_002, byteOffset: 4 + 60_000 * line.length, raw: 'short' }]);
    expect(lines.at(-1)).toBe(120_003);
  });
});

describe('a broken quote costs its own record', () => {
  it.each([
    ['text behind a closing quote', '3,"x"y'],
    ['a quoted field that never ends', '3,"xy'],
    ['an opening quote too many', '"3,x"y,"z"'],
  ])('%s', (_what, bad) => {
    for (const chunk of [1, 7, 1000]) {
      const { rows, rejects } = read(`a,b\n1,2\n\n${bad}\n5,6\n"7","8"\n`, {}, [chunk]);
      expect(rows).toEqual([
        ['1', '2'],
        ['5', '6'],
        ['7', '8'],
      ]);
      expect(rejects).toMatchObject([{ line: 4, byteOffset: 9, code: 'broken_quote', raw: bad }]);
    }
  });

  it('with all of its lines, up to one that fits', () => {
    const { rows, rejects } = read('a,b,c\n1,2,3\n"4 "x" y\nmore\nand more",5,6\n7,8,9\n');
    expect(rows).toEqual([
      ['1', '2', '3'],
      ['7', '8', '9'],
    ]);
    expect(rejects.map(({ line, raw }) => [line, raw])).toEqual([
      [3, '"4 "x" y\nmore'],
      [5, 'and more",5,6'],
    ]);
  });

  it('each of two that follow one another', () => {
    const { rows, rejects } = read('a,b\n"1"x,2\n"3"x,4\n5,6\n');
    expect({ rows, lines: rejects.map(({ line }) => line) }).toEqual({ rows: [['5', '6']], lines: [2, 3] });
  });

  it('though more follows than a record may hold', () => {
    const text = `a,b\n1,2\n3,"x\n${'4,5\n'.repeat(1000)}`;
    const { rows, rejects } = read(text, { maxRecordBytes: 1000 });
    expect(rows).toHaveLength(1001);
    expect(rejects).toMatchObject([{ line: 3, byteOffset: 8, code: 'broken_quote', raw: '3,"x' }]);
  });
});

describe('a quote inside an unquoted field', () => {
  it('is a character like any other', () => {
    const { rows, rejects } = read('a,b\n1,5" pipe\n2,6 "x"\n"3","4"\n');
    expect({ rows, rejects }).toEqual({
      rows: [
        ['1', '5" pipe'],
        ['2', '6 "x"'],
        ['3', '4'],
      ],
      rejects: [],
    });
  });
});

describe('a record that is too large', () => {
  it('is a reject with its first bytes, and the records around it load', () => {
    const text = `a,b\n1,2\n3,${'x'.repeat(5000)}\n4,5\n`;
    const { rows, lines, rejects } = read(text, { maxRecordBytes: 1000 }, [100]);
    expect({ rows, lines }).toEqual({
      rows: [
        ['1', '2'],
        ['4', '5'],
      ],
      lines: [2, 4],
    });
    expect(rejects).toMatchObject([{ line: 3, byteOffset: 8, code: 'record_too_large' }]);
    expect(rejects[0]?.raw).toMatch(/^3,x{900}/);
  });
});

describe('backslashes that escape quotes', () => {
  it('are taken away before a quote and a backslash, and before nothing else', () => {
    const text = 'a,b\n"say \\"hi\\", ok","C:\\\\dir\\new"\nx\\\\y,"2"\n';
    expect(read(text, { escape: 'backslash' })).toMatchObject({
      rows: [
        ['say "hi", ok', 'C:\\dir\\new'],
        ['x\\\\y', '2'],
      ],
      rejects: [],
    });
  });
});

describe('settings', () => {
  it('pad short records', () => {
    expect(read('a,b,c\n1\n2,3\n', { pad: true })).toMatchObject({
      rows: [
        ['1', null, null],
        ['2', '3', null],
      ],
      rejects: [],
    });
  });

  it('say which texts are no value', () => {
    expect(read('a,b\nNA,\n', { nulls: ['NA'] }).rows).toEqual([[null, '']]);
  });

  it('let a delimiter have a space behind it', () => {
    const { columns, rows } = read('a, b\n1, "x, y"\n2,z\n', { spaced: true });
    expect({ columns, rows }).toEqual({
      columns: ['a', 'b'],
      rows: [
        ['1', 'x, y'],
        ['2', 'z'],
      ],
    });
  });
});

it('takes a record of exactly the largest size', () => {
  const record = `${'x'.repeat(998)},1`;
  expect(read(`a,b\n${record}\n1,2\n`, { maxRecordBytes: 1000 }).rows).toHaveLength(2);
});

describe('any table', () => {
  const eols = ['\n', '\r\n', '\r'];
  const text = fc.oneof(
    fc.constantFrom('', 'x', '12', 'N/A', 'é', '😀', ' ', '-', '0.50'),
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\r\n', ' ', 'ü', ';'), maxLength: 6 }),
  );
  const table = fc.integer({ min: 1, max: 5 }).chain((width) =>
    fc
      .array(fc.tuple(fc.array(text, { minLength: width, maxLength: width }), fc.nat(15)), { maxLength: 30 })
      .map((rows) => ({
        names: Array.from({ length: width }, (_, index) => `c${index}`),
        rows,
      })),
  );
  const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

  interface Style {
    eol: string | null;
    quoteAll: boolean;
    bom: boolean;
    blankLines: boolean;
    lastEol: boolean;
  }
  /** Bytes beyond the largest record: a block is not larger, so that small ones show what happens between them. */
  const room = fc.nat(60);

  const style: fc.Arbitrary<Style> = fc.record({
    eol: fc.constantFrom(...eols, null),
    quoteAll: fc.boolean(),
    bom: fc.boolean(),
    blankLines: fc.boolean(),
    lastEol: fc.boolean(),
  });

  const field = (cell: string, all: boolean) =>
    all || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

  /** The table as CSV, with the line and byte on which each record starts. */
  function write(table: { names: string[]; rows: [string[], number][] }, style: Style) {
    let csv = style.bom ? '\ufeff' : '';
    const lines: number[] = [];
    const bytes: number[] = [];
    const eolOf = (seed: number) => style.eol ?? eols[seed % 3] ?? '\n';
    csv += table.names.join() + eolOf(0);
    for (const [cells, seed] of table.rows) {
      if (style.blankLines && seed % 5 === 0) csv += eolOf(1);
      const record = cells.map((cell) => field(cell, style.quoteAll || seed % 4 === 0)).join();
      lines.push(csv.split(/\r\n|\r|\n/).length);
      bytes.push(Buffer.byteLength(csv));
      csv += (record === '' ? '""' : record) + eolOf(seed);
    }
    const largest = Math.max(
      ...bytes.map((start, index) => (bytes[index + 1] ?? Buffer.byteLength(csv)) - start),
      bytes[0] ?? csv.length,
    );
    return { csv: style.lastEol ? csv : csv.replace(/(\r\n|\r|\n)$/, ''), lines, bytes, largest };
  }

  it('comes back cell for cell with its lines, whatever its line ends, quotes and chunks', () => {
    fc.assert(
      fc.property(table, style, chunkSizes, room, (table, style, chunks, room) => {
        const { csv, lines, largest } = write(table, style);
        const found = read(csv, { maxRecordBytes: largest + room }, chunks);
        expect(found.columns).toEqual(table.names);
        expect(found.rows).toEqual(table.rows.map(([cells]) => cells.map((cell) => cell || null)));
        expect(found.lines).toEqual(lines);
        expect(found.rejects).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('loses exactly its broken records, each reported at its line and byte', () => {
    const broken = fc.constantFrom('NUL', 'bytes', 'long', 'short');
    fc.assert(
      fc.property(
        table,
        style,
        chunkSizes,
        room,
        fc.array(broken, { maxLength: 30 }),
        (table, style, chunks, room, faults) => {
          fc.pre(table.names.length > 1);
          const marked = table.rows.map(([cells, seed], index): [string[], number] => [
            faults[index] === undefined || index % 2 === 0 ? cells : spoiled(cells, faults[index]),
            seed,
          ]);
          const { csv, lines, bytes, largest } = write({ ...table, rows: marked }, style);
          const isBroken = (index: number) => faults[index] !== undefined && index % 2 === 1;
          const found = read(withRawBytes(csv), { maxRecordBytes: largest + room }, chunks);
          expect(found.lines).toEqual(lines.filter((_, index) => !isBroken(index)));
          expect(found.rejects.map(({ line }) => line)).toEqual(lines.filter((_, index) => isBroken(index)));
          const offsets = bytes.filter((_, index) => isBroken(index));
          expect(found.rejects.map(({ byteOffset }) => byteOffset)).toEqual(offsets);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is read alike by lane and csv-parse, whatever is wrong with it', () => {
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('1,2', '"a",b', '"x\ny",', ',"q""q"') },
      fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\0', 'é'), maxLength: 8 }),
    );
    const eol = fc.constantFrom('\n', '\r\n', '\r');
    let mixed = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), eol, chunkSizes, (lines, end, chunks) => {
        const found = read(['a,b', ...lines].join(end) + end, {}, chunks);
        if (found.rows.length > 3 && found.rejects.length > 1) mixed += 1;
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(mixed).toBeGreaterThan(200);
  });

  function spoiled(cells: string[], fault: string): string[] {
    if (fault === 'NUL') return ['\0', ...cells.slice(1)];
    if (fault === 'bytes') return ['\u0001', ...cells.slice(1)];
    return fault === 'long' ? [...cells, 'surplus'] : ['x'];
  }

  /** U+0001 stands for a byte that is not UTF-8, so that offsets can be counted in the text. */
  function withRawBytes(csv: string): Buffer {
    const bytes = Buffer.from(csv);
    for (let at = bytes.indexOf(1); at !== -1; at = bytes.indexOf(1, at)) bytes[at] = 0xff;
    return bytes;
  }
});
