import { describe, expect, it } from 'vitest';
import { DialectMemory } from '../../src/format/dialect-memory.ts';
import { readFile } from './sample.ts';

/** What is found in a file: its columns, its first record, what stands above, and how many are rejects. */
interface Expected {
  columns: string[];
  first: (string | null)[];
  preamble?: [string, string][];
  rejects?: number;
  format?: RegExp;
}

const files: Record<string, { text: string } & Expected> = {
  'a comma': { text: 'a,b,c\n1,2,3\n', columns: ['a', 'b', 'c'], first: ['1', '2', '3'] },
  'a semicolon, though the decimals have commas': {
    text: 'x;y;z\n1,5;2,5;3,5\n1,5;2,5;3,5\n',
    columns: ['x', 'y', 'z'],
    first: ['1,5', '2,5', '3,5'],
    format: /decimal comma/,
  },
  'a semicolon, though the texts have commas': {
    text: 'id;text\n1;hello, world\n2;one, two, three\n',
    columns: ['id', 'text'],
    first: ['1', 'hello, world'],
  },
  'a comma, though the texts have semicolons': {
    text: 'id,tags\n1,a;b\n2,a;c\n3,d;e\n',
    columns: ['id', 'tags'],
    first: ['1', 'a;b'],
  },
  'what a first line says to spreadsheets': {
    text: 'sep=;\r\nlot;void\r\nA1;1,5\r\nA2;2,5\r\n',
    columns: ['lot', 'void'],
    first: ['A1', '1,5'],
    preamble: [['line_1', 'sep=']],
  },
  'what it says, though another delimiter fits better': {
    text: 'sep=,\nname;x,void\nA;1,1\nB;2,2\n',
    columns: ['name;x', 'void'],
    first: ['A;1', '1'],
    preamble: [['line_1', 'sep=']],
  },
  'a tab': { text: 'a\tb\n1\t2,5\n', columns: ['a', 'b'], first: ['1', '2,5'], format: /"\\t"/ },
  'a bar': { text: 'a|b\nx|y\n', columns: ['a', 'b'], first: ['x', 'y'] },
  'a comma with a space': {
    text: 'a, b, c\n1, "x, y", 3\n2, "z", 4\n',
    columns: ['a', 'b', 'c'],
    first: ['1', 'x, y', '3'],
  },
  'single quotes': { text: "a,b\n'x, y',1\n'z',2\n", columns: ['a', 'b'], first: ['x, y', '1'] },
  'apostrophes, which quote nothing': {
    text: "a,b\n'tis,1\nO'Neil,2\n",
    columns: ['a', 'b'],
    first: ["'tis", '1'],
  },
  'quotes escaped by backslashes': {
    text: 'a,b\n"say \\"hi, you\\"",1\n"z",2\n',
    columns: ['a', 'b'],
    first: ['say "hi, you"', '1'],
    format: /escape \\/,
  },
  'a path that ends in a backslash, which escapes nothing': {
    text: 'path,n\n"C:\\data\\",1\n"C:\\new\\",2\n',
    columns: ['path', 'n'],
    first: ['C:\\data\\', '1'],
  },
  'one column': { text: 'x\n1\n2\n', columns: ['x'], first: ['1'] },
  'one column of places, with commas in them': {
    text: 'city\nBerlin, Germany\nParis, France\nRome, Italy\n',
    columns: ['city'],
    first: ['Berlin, Germany'],
  },
  'one column of decimals with commas': {
    text: 'value\n1,5\n2,5\n3,7\n',
    columns: ['value'],
    first: ['1,5'],
  },
  'one column of prose': {
    text: 'comment\nHello, world\nThis is fine\nWell, yes, ok\n',
    columns: ['comment'],
    first: ['Hello, world'],
  },
  'a file of few records, half of them ragged': {
    text: 'a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n',
    columns: ['a', 'b', 'c'],
    first: ['1', '2', '3'],
    rejects: 2,
  },
  'what the header says, though no record has it': {
    text: `id,value\n${'1\n'.repeat(50)}`,
    columns: ['id', 'value'],
    first: [],
    rejects: 50,
  },
  'a delimiter behind every record': {
    text: 'a,b,c\n1,2,3,\n4,5,6,\n',
    columns: ['a', 'b', 'c'],
    first: ['1', '2', '3'],
  },
  'two tables, the second wider and larger': {
    text: `id,value\n${'1,2\n'.repeat(5)}${'1,2,3\n'.repeat(10)}`,
    columns: ['id', 'value'],
    first: ['1', '2'],
    rejects: 10,
  },
  'two tables, the second wider': {
    text: `a,b\n${'x,1\n'.repeat(9)}c,d,e\n${'x,1,2\n'.repeat(9)}`,
    columns: ['a', 'b'],
    first: ['x', '1'],
    rejects: 10,
  },
};

const headers: Record<string, { text: string } & Expected> = {
  'names above numbers': { text: 'a,b\n1,2\n', columns: ['a', 'b'], first: ['1', '2'] },
  'names above words, as nothing speaks against them': {
    text: 'name,city\nAnn,Berlin\nBob,Paris\n',
    columns: ['name', 'city'],
    first: ['Ann', 'Berlin'],
  },
  'alone in a file': { text: 'a,b\n', columns: ['a', 'b'], first: [] },
  'years above measurements': {
    text: 'country,2019,2020\nDE,1.5,1.7\nFR,1.1,1.2\n',
    columns: ['country', '2019', '2020'],
    first: ['DE', '1.5', '1.7'],
  },
  'names of which one is empty': {
    text: ',a,b\n0,1,2\n1,3,4\n',
    columns: ['col_1', 'a', 'b'],
    first: ['0', '1', '2'],
  },
  'commented out': { text: '#t,v\n1,2\n3,4\n', columns: ['#t', 'v'], first: ['1', '2'] },
  'above a row of units, which is a record': {
    text: 'time,temp\ns,°C\n1,20.5\n2,20.6\n',
    columns: ['time', 'temp'],
    first: ['s', '°C'],
  },
  'none: numbers from the first line on': {
    text: '1,2,3\n4,5,6\n',
    columns: ['col_1', 'col_2', 'col_3'],
    first: ['1', '2', '3'],
    format: /no header/,
  },
  'none: a first record with a word among its numbers': {
    text: 'N/A,5.3,2.1\n1.2,5.4,2.2\n1.3,5.5,2.2\n',
    columns: ['col_1', 'col_2', 'col_3'],
    first: ['N/A', '5.3', '2.1'],
  },
  'none: dates and codes from the first line on': {
    text: '2024-01-01,XR-1,ok\n2024-01-02,XR-2,ok\n2024-01-03,XR-1,bad\n',
    columns: ['col_1', 'col_2', 'col_3'],
    first: ['2024-01-01', 'XR-1', 'ok'],
  },
  'above texts that stand above nothing but numbers': {
    text: 'k,a\n1,say\nsay,x\n1,1\n2,1\n',
    columns: ['k', 'a'],
    first: ['1', 'say'],
    preamble: [],
  },
  'above a text said twice above nothing but numbers': {
    text: 'k,a\n1,say\nx,x\n1,1\n2,1\n',
    columns: ['k', 'a'],
    first: ['1', 'say'],
    preamble: [],
  },
  'none: the first record is filled as sparsely as a title': {
    text: `1,,,,,\n${'2,3,4,5,6,7\n'.repeat(9)}`,
    columns: ['col_1', 'col_2', 'col_3', 'col_4', 'col_5', 'col_6'],
    first: ['1', null, null, null, null, null],
    preamble: [],
  },
  'one name short of the fields': {
    text: `a,b,c\n${'1,2,3,4\n'.repeat(9)}`,
    columns: ['a', 'b', 'c', 'col_4'],
    first: ['1', '2', '3', '4'],
  },
};

const preambles: Record<string, { text: string } & Expected> = {
  'of lines without a delimiter': {
    text: 'Instrument: XR-200\nDate: 2024-01-01\n\nSample,Result,Unit\nA1,5.3,mg\nA2,5.4,mg\n',
    columns: ['Sample', 'Result', 'Unit'],
    first: ['A1', '5.3', 'mg'],
    preamble: [
      ['line_1', 'Instrument: XR-200'],
      ['line_2', 'Date: 2024-01-01'],
    ],
  },
  'of key,value lines': {
    text: 'Instrument,XR-200\nOperator,"Smith, J."\nSample,Result,Unit\nA1,5.3,mg\nA2,5.4,mg\n',
    columns: ['Sample', 'Result', 'Unit'],
    first: ['A1', '5.3', 'mg'],
    preamble: [
      ['Instrument', 'XR-200'],
      ['Operator', 'Smith, J.'],
    ],
  },
  'of more key,value lines than there are records': {
    text: `${Array.from({ length: 12 }, (_, i) => `key ${'abcdefghijkl'.charAt(i)},v${i}\n`).join('')}t,u,i\n1,2,3\n2,3,4\n`,
    columns: ['t', 'u', 'i'],
    first: ['1', '2', '3'],
  },
  'of key,value lines above a table of two columns': {
    text: 'Operator,Smith\nRoom,West\ntime,temp\n1,20.5\n2,20.6\n3,20.7\n',
    columns: ['time', 'temp'],
    first: ['1', '20.5'],
    preamble: [
      ['Operator', 'Smith'],
      ['Room', 'West'],
    ],
  },
  'padded with delimiters, as spreadsheets do': {
    text: 'Report,,,\n,,,\nname,qty,price,note\nx,1,2.5,\ny,2,3.5,ok\n',
    columns: ['name', 'qty', 'price', 'note'],
    first: ['x', '1', '2.5', null],
    preamble: [['line_1', 'Report']],
  },
  'of comments': {
    text: '# made by x\n# 2024\nt,v\n1,2\n3,4\n',
    columns: ['t', 'v'],
    first: ['1', '2'],
    preamble: [
      ['line_1', '# made by x'],
      ['line_2', '# 2024'],
    ],
  },
  'whose lines have several cells': {
    text: 'limits,1,2\nt,u,i,p\n1,2,3,4\n2,3,4,5\n3,4,5,6\n',
    columns: ['t', 'u', 'i', 'p'],
    first: ['1', '2', '3', '4'],
    preamble: [
      ['limits', '1'],
      ['limits', '2'],
    ],
  },
  'and no header below': {
    text: 'Measured in room 5\n\n1;2;3\n4;5;6\n7;8;9\n',
    columns: ['col_1', 'col_2', 'col_3'],
    first: ['1', '2', '3'],
    preamble: [['line_1', 'Measured in room 5']],
  },
};

describe.each([
  ['the fields are told apart by', files],
  ['the header is', headers],
  ['the preamble is', preambles],
])('%s', (_what, cases) => {
  it.each(Object.entries(cases))('%s', (_name, { text, columns, first, preamble, rejects = 0, format }) => {
    for (const eol of ['\n', '\r\n', '\r']) {
      const found = readFile(text.replaceAll('\n', eol));
      expect({ columns: found.columns, first: found.rows[0] ?? [] }).toEqual({ columns, first });
      expect(found.rejects).toHaveLength(rejects);
      if (preamble) expect(found.preamble.map(({ key, value }) => [key, value])).toEqual(preamble);
      if (format) expect(found.format).toMatch(format);
    }
  });
});

describe('what is set is not looked for', () => {
  it('the delimiter', () => {
    expect(readFile('a:b\n1:2\n', { delimiter: ':' })).toMatchObject({
      columns: ['a', 'b'],
      rows: [['1', '2']],
    });
  });

  it('the quote and the escape', () => {
    const found = readFile("a,b\n'x\\'y',2\n", { quote: "'", escape: 'backslash' });
    expect(found.rows).toEqual([["x'y", '2']]);
    expect(readFile('a,b\n"x,2\n', { quote: 'none' }).rows).toEqual([['"x', '2']]);
  });

  it('the header', () => {
    expect(readFile('1,2\n3,4\n', { header: true }).columns).toEqual(['1', '2']);
    expect(readFile('a,b\n3,4\n', { header: false })).toMatchObject({
      rows: [
        ['a', 'b'],
        ['3', '4'],
      ],
    });
    expect(readFile('x,y\n1,2\na,b\n3,4\n', { header: 3 })).toMatchObject({
      columns: ['a', 'b'],
      rows: [['3', '4']],
      preamble: [
        { key: 'x', value: 'y' },
        { key: '1', value: '2' },
      ],
    });
  });

  it('that there is no preamble', () => {
    const found = readFile('Report,,\na,b,c\n1,2,3\n4,5,6\n', { preamble: 'none' });
    expect(found.columns).toEqual(['Report', 'col_2', 'col_3']);
  });

  it('the decimal sign', () => {
    expect(readFile('a;b\n1,5;2\n', { decimal: '.' }).decimalComma).toBe(false);
    expect(readFile('a\tb\n1,5\t2\n', { decimal: ',' }).decimalComma).toBe(true);
  });
});

describe('the dialect of an earlier file', () => {
  const first = 't;u;note\n1.5;2;a\n2.5;3;b\n3.5;4;c\n';

  it('is taken again for one with the same header, and finds what a fresh look finds', () => {
    const memory = new DialectMemory();
    readFile(first, {}, {}, 'a.csv', memory);
    const next = 't;u;note\n2.5;3;b\n3.5;4;c\n4.5;5;\n5.5;6;e\n';
    expect(readFile(next, {}, {}, 'b.csv', memory)).toEqual({
      ...readFile(next),
      reasons: readFile(first).reasons,
    });
  });

  it.each([
    ['another header', 't,u,note\n1;5,2,a\n'],
    ['a record that does not fit', 't;u;note\n2.5;3;b\n3.5;4\n'],
    ['lines above its header', '# day 2\nt;u;note\n2.5;3;b\n3.5;4;c\n4.5;5;d\n'],
    ['its header alone', 't;u;note\n'],
    ['lines above its header alone', '# made by machine\nstation: 7\nt;u;note\n'],
    ['commas that cut as well', 't;u;note\n1,a;1,b;1,c\n2,a;2,b;2,c\n3,a;3,b;3,c\n'],
  ])('is not taken for one with %s', (_what, next) => {
    const memory = new DialectMemory();
    readFile(first, {}, {}, 'a.csv', memory);
    expect(readFile(next, {}, {}, 'b.csv', memory)).toEqual(readFile(next));
  });
});

describe('whatever file was read before', () => {
  const header = 'id,name,v\n';
  const named = (write: (name: string) => string, delimiter = ',') =>
    header +
    ['anna', 'bert', 'carl', 'dora']
      .map((name, i) => [i + 1, write(name), `${i}.5`].join(delimiter))
      .join('\n');
  const files = {
    plain: named((name) => name),
    'in quotes': named((name) => `"${name}"`),
    'in single quotes': named((name) => `'${name}'`),
    'with spaces': named((name) => `"${name}"`, ', '),
    'with escaped quotes': named((name) => `"${name} \\"x\\""`),
    'with backslashes': named((name) => `"\\\\srv\\${name}"`),
    'with apostrophes': named((name) => `${name}'s`),
    'with quotes that never close': named((name) => `"${name}`),
  };
  const pairs = Object.keys(files).flatMap((before) =>
    Object.keys(files).map((next) => [next, before] as const),
  );

  it.each(pairs)('a file %s is read as it is alone, behind one %s', (next, before) => {
    const memory = new DialectMemory();
    readFile(files[before as keyof typeof files], {}, {}, 'a.csv', memory);
    const { reasons: _, ...found } = readFile(files[next as keyof typeof files], {}, {}, 'b.csv', memory);
    const { reasons: __, ...alone } = readFile(files[next as keyof typeof files]);
    expect(found).toEqual(alone);
  });
});

it('a dialect that was in doubt is not taken again', () => {
  const memory = new DialectMemory();
  readFile(`id,value\n${'1\n'.repeat(50)}`, {}, {}, 'a.csv', memory);
  expect(readFile('id,value\n1,2\n', {}, {}, 'b.csv', memory).columns).toEqual(['id', 'value']);
});

describe('the finding', () => {
  it('says why', () => {
    const { reasons } = readFile('a;b\n1,5;2\n3,5;4\n');
    expect(reasons.join('\n')).toMatch(
      /delimiter ";": 100 % of 3 rows have 2 fields.*next best.*header on line 1/s,
    );
  });

  it('warns of a delimiter that would do as well', () => {
    const { warnings } = readFile('a;b|c\n1;2|3\n4;5|6\n');
    expect(warnings).toEqual([
      'dialect_tie: The delimiters ";" and "|" fit alike; the first was taken. Set "csv.delimiter" to be sure.',
    ]);
  });

  it('warns where rows of two fields above the header may be records', () => {
    const { warnings } = readFile('name,state\nalpha,none\nbeta,open\n1,2\n2,2\n3,5\n');
    expect(warnings).toEqual([
      'preamble_assumed: The header was found on line 3, and what stands above it is taken for preamble, though it could be records. Set "csv.header" to its line to be sure.',
    ]);
    expect(readFile('Operator,Smith\nRoom,West\n\ntime,temp\n1,2\n2,3\n').warnings).toEqual([]);
  });

  it('does not change with what follows the sample', () => {
    const body = 'x;1,5\n'.repeat(40_000);
    const found = readFile(`a;b\n${body}y,2;3\n`);
    expect(found).toMatchObject({ columns: ['a', 'b'], rejects: [] });
    expect(found.rows).toHaveLength(40_001);
  });
});

it('a file of nothing but NUL bytes fails, with what to do', () => {
  expect(() => readFile(Buffer.alloc(100))).toThrow('nothing but NUL');
});
