import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import { JsonReader } from '../../src/format/json.ts';
import { JsonSyntaxError } from '../../src/format/json-error.ts';
import { FieldsToLearn } from '../../src/format/json-names.ts';
import type { JsonOptions } from '../../src/format/json-options.ts';
import { JsonValueParser } from '../../src/format/json-value.ts';
import { collect, type Found } from './collect.ts';

function read(bytes: string | Buffer, options: Partial<JsonOptions> = {}, chunkSizes?: number[]): Found {
  try {
    return collect((sink) => new JsonReader(sink, options), bytes, chunkSizes);
  } catch (error) {
    if (!(error instanceof FieldsToLearn)) throw error;
    return read(bytes, { ...options, lore: error.lore }, chunkSizes);
  }
}

/** The records as objects of their cells that are not null. */
function records(found: Found): Record<string, string>[] {
  return found.rows.map((row) =>
    Object.fromEntries(
      row.flatMap((cell, index): [string, string][] =>
        cell === null ? [] : [[found.columns?.[index] ?? '', cell]],
      ),
    ),
  );
}

it('nothing lies deeper than 500 levels, be it empty, also where all around it was met before', () => {
  const nested = (inner: string) => `${'{"a":'.repeat(500)}${inner}${'}'.repeat(500)}\n`;
  for (const inner of ['{}', '[]']) {
    const found = read(nested('1').repeat(20) + nested(inner) + nested('2'));
    expect(found.rows).toHaveLength(21);
    expect(found.rejects).toMatchObject([{ line: 21, code: 'json_syntax' }]);
  }
});

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('bytes that are not UTF-8, on one line', () => {
  it('are one reject, wherever they stand', () => {
    const line = (id: number, name: string) => `{"id":${id},"n":"${name}"}\n`;
    for (const bad of [1, 2, 9, 25, 60]) {
      const lines = Array.from({ length: 60 }, (_, i) => line(i + 1, i + 1 === bad ? 'M\xfcller' : 'x'));
      const found = read(latin1(lines.join('')));
      expect(found.rejects).toMatchObject([{ line: bad, code: 'encoding' }]);
      expect(found.lines).toEqual(lines.map((_, i) => i + 1).filter((one) => one !== bad));
    }
  });

  it('are one reject on the first line, too, where a block ends on the second', () => {
    const lines = [`{"a":"${'x'.repeat(700)}\xff"}`, `{"a":"${'y'.repeat(700)}"}`, '{"a":"z"}'];
    const found = read(latin1(lines.join('\n')), { blockBytes: 1024 });
    expect(found.rejects).toMatchObject([{ line: 1, code: 'encoding' }]);
    expect(found.lines).toEqual([2, 3]);
  });
});

function failure(bytes: string | Buffer, options?: Partial<JsonOptions>): IngestError {
  try {
    read(bytes, options);
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
  throw new Error('the file was read without an error');
}

describe('a file of JSON', () => {
  const forms: [string, string, number[]][] = [
    ['an array', '[{"a":1},{"a":2}]', [1, 1]],
    ['an array over lines', '[\n{"a":1},\r\n\n{"a":2}\n]\n', [2, 4]],
    ['JSON Lines', '{"a":1}\n\r\n{"a":2}', [1, 3]],
    ['concatenated values', '{"a":1}{"a":2}', [1, 1]],
    ['concatenated values over lines', '{\n"a":1\n}\n{\n"a":2\n}', [1, 4]],
    ['concatenated arrays', '[{"a":1}] [{"a":2}]', [1, 1]],
    ['a compact value before one over lines', '{"a":1}\n{\n"a":2\n}', [1, 2]],
  ];
  it.each(forms)('may be %s', (_form, text, lines) => {
    for (const chunk of [1, 3, 1000]) {
      const found = read(`\ufeff${text}`, {}, [chunk]);
      expect(records(found)).toEqual([{ a: '1' }, { a: '2' }]);
      expect(found.lines).toEqual(lines);
      expect(found.rejects).toEqual([]);
    }
  });

  it('may be one value', () => {
    expect(records(read('\n{"a":\n1}\n'))).toEqual([{ a: '1' }]);
  });

  it('may hold nothing', () => {
    for (const empty of ['', '\ufeff', ' \n', '[]', '[ ]\n'])
      expect(read(empty)).toMatchObject({ columns: null, rows: [] });
  });

  it('may hold records that are no objects', () => {
    expect(records(read('[1.0,"x",true,[1, 2],null,{"a":3}]'))).toEqual([
      { value: '1.0' },
      { value: 'x' },
      { value: 'true' },
      { value: '[1,2]' },
      {},
      { a: '3' },
    ]);
    expect(records(read('1 2\n"x"\n3'))).toEqual([
      { value: '1' },
      { value: '2' },
      { value: 'x' },
      { value: '3' },
    ]);
  });
});

it('does not take a value for whole where a block cuts it', () => {
  for (let size = 8; size < 30; size++) {
    const { rows, rejects } = read('12345 678 90\n1.5\n[2]\n{"a":1}}\n{"a":1}\n', { maxRecordBytes: size });
    expect(rows.map(([value]) => value)).toEqual(['12345', '678', '90', '1.5', '[2]', null]);
    expect(rejects).toMatchObject([{ line: 4, raw: '{"a":1}}' }]);
  }
});

describe('a value', () => {
  const values: [string, string | null][] = [
    ['1.50', '1.50'],
    ['-0', '-0'],
    ['1E400', '1E400'],
    ['12345678901234567890', '12345678901234567890'],
    ['0.1000000000000000055511151231257827', '0.1000000000000000055511151231257827'],
    ['true', 'true'],
    ['false', 'false'],
    ['null', null],
    ['""', null],
    ['" "', ' '],
    ['"\\u00e9\\n\\"\\\\\\/\\b\\f\\r\\t"', 'é\n"\\/\b\f\r\t'],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\ud800x"', '\\ud800x'],
    ['"\\udc00\\ud800"', '\\udc00\\ud800'],
    ['[ 1.50 , {"b" : [ ] , "c d": "x, \\" y"} ]', '[1.50,{"b":[],"c d":"x, \\" y"}]'],
  ];
  it.each(values)('%s is stored as %j', (source, cell) => {
    expect(read(`{"a":${source}}`)).toMatchObject({ columns: ['a'], rows: [[cell]] });
  });
});

it('of nothing but empty objects and arrays has no column of its own', () => {
  expect(read('{"a":{},"b":[],"c":[ ],"d":1}')).toMatchObject({
    columns: ['d'],
    rows: [['1']],
    children: [],
  });
});

describe('columns', () => {
  it('are the union over the records, in the order of their appearance', () => {
    const found = read('{"a":1}\n{"b":2,"a":3}\n{}\n{"c":4}\n');
    expect(found.columns).toEqual(['a', 'b', 'c']);
    expect(records(found)).toEqual([{ a: '1' }, { b: '2', a: '3' }, {}, { c: '4' }]);
  });

  it('are named after the path of a nested value', () => {
    const found = read('{"a":{"b":{"c":1},"d":2},"e":3}');
    expect(found.columns).toEqual(['a_b_c', 'a_d', 'e']);
  });

  it('that collide are numbered by their paths, the same through the whole file', () => {
    const found = read('{"a_b":1,"a":{"b":2},"A_B":3}\n{"A_B":4}\n{"a":{"b":5}}\n');
    expect(found.columns).toEqual(['a_b_3', 'a_b_2', 'A_B']);
    expect(records(found)).toEqual([{ a_b_3: '1', a_b_2: '2', A_B: '3' }, { A_B: '4' }, { a_b_2: '5' }]);
    expect(found.warnings).toHaveLength(2);
  });

  it('are the same in whatever order they come, as are those of lists', () => {
    const fields = fc.shuffledSubarray(
      [
        '"a":{"b":1,"B":2}',
        '"a_b":3',
        '"A":{"b":4}',
        '"a_b_2":5',
        '"_id":7',
        '"l":[{"x":{"y":1},"x_y":2}]',
        '"L":[{"x_y":3,"x":{"y":4}}]',
        '"m":{"l":[{"z":5}]}',
        '"m_l":[{"Z":6,"z":7}]',
      ],
      { minLength: 1 },
    );
    /** What a file says, whatever comes first in it. */
    const said = ({ columns, rows, children }: Found) => {
      const named = (names: readonly string[] | null, cells: readonly (string | null)[]) =>
        cells.flatMap((cell, i) => (cell === null ? [] : `${names?.[i]}=${cell}`)).sort();
      const lists = children.map(({ field, columns: names, rows: own }) => [
        field,
        own.map(({ cells }) => named(names, cells)),
      ]);
      return [rows.map((row) => named(columns, row)), lists.map((list) => JSON.stringify(list)).sort()];
    };
    fc.assert(
      fc.property(fields, fc.infiniteStream(fc.nat()), (own, places) => {
        const other = [...own].sort(() => (places.next().value ?? 0) - (places.next().value ?? 0));
        const line = (all: readonly string[]) => `{${all.join(',')}}\n`;
        // What comes late is known from the start, too.
        const [first, rest] = [own.slice(0, 1), own.slice(1)];
        const one = read(line(own) + line(first) + line(rest) + line(own));
        const two = read(line(other) + line(first) + line(rest) + line(other));
        expect(said(one)).toEqual(said(two));
      }),
    );
  });

  it('keep clear of our own, and of names that cannot be', () => {
    expect(read('{"_id":1,"":2,"__proto__":3,"a\\u0000":4}').columns).toEqual([
      '_id_2',
      'col_2',
      '__proto__',
      'a\\u0000',
    ]);
  });

  it('hold no texts that stand for no value, as strings or as numbers, nor in lists', () => {
    const lines = [
      '{"a":1,"b":"x","l":[{"c":"N/A"}]}',
      '{"a":-9,"b":"N/A","l":[{"c":"y"}]}',
      '{"a":"-9","b":"N\\u002fA"}',
    ];
    const found = read(`${lines.join('\n')}\n`.repeat(40), { nulls: ['N/A', '-9'] });
    expect(records(found)).toEqual(Array.from({ length: 40 }, () => [{ a: '1', b: 'x' }, {}, {}]).flat());
    expect(found.children[0]?.rows.slice(0, 2).map(({ cells }) => cells)).toEqual([[null], ['y']]);
    expect(read('"N/A"\n"x"\n', { nulls: ['N/A'] }).rows).toEqual([[null], ['x']]);
  });

  it('are not made for a null where objects were seen', () => {
    expect(read('{"a":{"b":1}}\n{"a":null}\n{"a":{}}').columns).toEqual(['a_b']);
  });

  it('are not taken from a record that is rejected', () => {
    expect(read('{"a":1}\n{"b":2,"c":}\n{"d":3}\n').columns).toEqual(['a', 'd']);
  });

  it('are at most as many as a table can hold', () => {
    const object = (count: number) =>
      `{${Array.from({ length: count }, (_, index) => `"k${index}":${index}`).join()}}`;
    expect(read(object(1900)).columns).toHaveLength(1900);
    expect(failure(object(1901)).code).toBe('too_many_columns');
  });
});

describe('lists of objects', () => {
  it('are child tables, at any depth', () => {
    const found = read('[{"a":1,"k":[{"b":1,"l":[{"c":1},{"c":2}]},{"b":2}]},{"a":2,"k":[{"l":[{"c":3}]}]}]');
    expect(found.columns).toEqual(['a']);
    expect(found.children).toEqual([
      {
        parent: -1,
        path: ['k'],
        field: 'k',
        columns: ['b'],
        rows: [
          { parent: 0, index: 0, cells: ['1'] },
          { parent: 0, index: 1, cells: ['2'] },
          { parent: 1, index: 0, cells: [null] },
        ],
      },
      {
        parent: 0,
        path: ['k', 'l'],
        field: 'l',
        columns: ['c'],
        rows: [
          { parent: 0, index: 0, cells: ['1'] },
          { parent: 0, index: 1, cells: ['2'] },
          { parent: 2, index: 0, cells: ['3'] },
        ],
      },
    ]);
  });

  it('lie in objects too, and their own objects have columns a_b', () => {
    const [child] = read('{"o":{"k":[{"p":{"q":1},"_index":"x"},{}]}}').children;
    expect(child).toMatchObject({ path: ['o', 'k'], field: 'o_k', columns: ['p_q', '_index_2'] });
    expect(child?.rows.map(({ cells }) => cells)).toEqual([
      ['1', 'x'],
      [null, null],
    ]);
  });

  it('make no column where they are empty or null', () => {
    expect(read('{"a":1,"k":[]}\n{"k":[{"b":1}]}\n{"k":null}\n').columns).toEqual(['a']);
  });

  it('come whole in any chunks and batches', () => {
    const text = JSON.stringify(
      Array.from({ length: 300 }, (_, a) => ({ a, k: Array.from({ length: a % 7 }, (_, b) => ({ b })) })),
    );
    const whole = read(text);
    for (const batchRows of [1, 2, 10, 1000])
      expect(read(text, { batchRows, maxRecordBytes: 200 }, [batchRows])).toEqual(whole);
  });
});

describe('a field that is objects in some records and not in others', () => {
  it.each([
    ['objects and a number', '{"v":{"a": 1}}\n{"v":5}\n', ['{"a":1}', '5']],
    ['a text and objects', '{"v":"x"}\n{"v":{"a":[ ]}}\n', ['x', '{"a":[]}']],
    ['lists and an object', '{"v":[{"a":1}]}\n{"v":{"a":2}}\n', ['[{"a":1}]', '{"a":2}']],
    ['a list and an array of more', '{"v":[{"a":1}]}\n{"v":[{"a":2},3]}\n', ['[{"a":1}]', '[{"a":2},3]']],
    [
      'also where most are empty',
      '{"v":{}}\n{"v":[]}\n{"v":{"a":1}}\n{"v":1}\n',
      [null, null, '{"a":1}', '1'],
    ],
  ])('stays JSON text: %s', (_name, text, values) => {
    const found = read(text);
    expect(found).toMatchObject({ columns: ['v'], children: [] });
    expect(found.rows.map(([value]) => value)).toEqual(values);
  });

  it('also inside lists, and only there', () => {
    const found = read('[{"v":{"x":1},"k":[{"v":1},{"v":{"x":2}}]}]');
    expect(found.columns).toEqual(['v_x']);
    expect(found.children).toMatchObject([
      { columns: ['v'], rows: [{ cells: ['1'] }, { cells: ['{"x":2}'] }] },
    ]);
  });
});

describe('records at a path', () => {
  const path = ['data', 'items'];
  it.each([
    [
      'a list',
      '{"meta":{"n":[1,{"x":[]}]},"data":{"next":null,"items":[{"a":1},{"a":2}],"more":"x"},"z":-1.5e3}',
    ],
    ['over lines', '{\n"data": {\n"items" : [\n{"a":1}\n,\n{"a":2} ]\n}\n}\n'],
    ['of several values', '{"data":{"items":[{"a":1}]}}\n{"data":{"items":[{"a":2}]}}\n'],
    ['one record', '{"data":{"items":{"a":1}}}{"data":{"items":{"a":2}}}'],
    ['in an array', '[{"data":{"items":[{"a":1}]}}, {"data":{"items":[{"a":2}]}}]'],
  ])('%s', (_name, text) => {
    for (const chunk of [1, 3, 1000]) {
      expect(records(read(text, { path, maxRecordBytes: 60 + chunk }, [chunk]))).toEqual([
        { a: '1' },
        { a: '2' },
      ]);
    }
  });

  it('may be none', () => {
    for (const text of ['', '{"data":{"items":[]}}', '{"data":{"items":null}}'])
      expect(read(text, { path }).rows).toEqual([]);
  });

  it('must be there', () => {
    for (const text of ['{}', '{"data":[1]}', '{"items":[{"a":1}]}', '1 "x"'])
      expect(failure(text, { path })).toMatchObject({ code: 'unknown_format' });
  });

  it('hold no more memory than a record, however much lies beside them', () => {
    const beside = JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ n })));
    const text = `{"big":${beside},"data":{"items":[{"a":1}]}}`;
    expect(records(read(text, { path, maxRecordBytes: 40 }))).toEqual([{ a: '1' }]);
  });

  it.each([
    ['{"data":{"items":[{"a":1}]', "Expected '}' before the end of the file"],
    ['{"data":{"items":[{"a":1}],"items":[]}}', 'Duplicate key "items"'],
    ['{"data":{"items":[{"a":1}]},}', 'Expected a key in double quotes'],
    ['{"data":{"items":[{"a":1}]}}\n{"x":tru}\n{"y":1}', 'Line 2, column 9 (byte 37): Expected true'],
    ['{"x":[1,],"data":{"items":[{"a":1}]}}', 'Line 1, column 9 (byte 8): Expected a value'],
  ])('fail with an error beside them: %s', (text, message) => {
    expect(failure(text, { path }).message).toContain(message);
  });
});

it('the features of GeoJSON are their properties and their geometry as text', () => {
  const text = `{"type":"FeatureCollection","name":"x","features":[
    {"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[1.50, 2]},"properties":{"n":"a","p":{"q":1},"k":[{"b":1}]}},
    {"type":"Feature","geometry":null,"properties":{"id":"b","geometry":"g"},"bbox":[1,2,3,4]},
    {"type":"Feature","geometry":null,"properties":null}]}`;
  const found = read(text, { path: ['features'], features: true });
  expect(records(found)).toEqual([
    { n: 'a', p_q: '1', id: '7', geometry: '{"type":"Point","coordinates":[1.50,2]}' },
    { id_2: 'b', geometry_2: 'g', bbox: '[1,2,3,4]' },
    {},
  ]);
  expect(found.children).toMatchObject([{ path: ['k'], columns: ['b'] }]);
});

describe('in JSON Lines a bad line is one reject', () => {
  it.each([
    ['{"a":1', 'an object that does not end'],
    ['{"a":"x', 'a string that does not end'],
    ['{"a":1}}', 'one bracket too many'],
    ['{"a":1},', 'a comma behind the value'],
    ['{"a":1} x', 'text behind the value'],
    ['{"a":1,"a":2}', 'a key twice'],
    ['{"a":[1,', 'an array that does not end'],
    ['a,b', 'no JSON at all'],
    ['[INFO] started', 'a line of a log'],
    ['{"a":NaN}', 'NaN'],
  ])('%s (%s), and the lines around it load', (line) => {
    for (const chunk of [1, 7, 8, 9, 10, 11, 1000]) {
      const found = read(`{"a":"ü"}\n${line}\r\n{"a":3}\n\n{"a":4}\n`, { maxRecordBytes: 20 + chunk }, [
        chunk,
      ]);
      expect(records(found)).toEqual([{ a: 'ü' }, { a: '3' }, { a: '4' }]);
      expect(found.lines).toEqual([1, 3, 5]);
      expect(found.rejects).toMatchObject([{ line: 2, byteOffset: 11, code: 'json_syntax', raw: line }]);
    }
  });

  it('also the last', () => {
    const { rejects, rows } = read('{"a":1}\n{"a":2}\n{"a":');
    expect(rows).toHaveLength(2);
    expect(rejects).toMatchObject([{ line: 3, byteOffset: 16, raw: '{"a":' }]);
  });

  it.each(['{"a":1', '{"a":tru}', 'garbage'])('also the first: %s', (line) => {
    const found = read(`${line}\n{"a":2}\n`);
    expect(records(found)).toEqual([{ a: '2' }]);
    expect(found.rejects).toMatchObject([{ line: 1, byteOffset: 0, raw: line }]);
  });

  it('where bytes are not UTF-8, and they are never replaced', () => {
    const bad = Buffer.from('{"a":"M\xfcller"}', 'latin1');
    const good = Buffer.from('{"a":"é"}\n');
    for (const chunk of [1, 2, 3, 4, 5, 9, 1000]) {
      const bytes = Buffer.concat([good, bad, Buffer.from('\n'), good, bad]);
      const found = read(bytes, { maxRecordBytes: 20 + chunk }, [chunk]);
      expect(records(found)).toEqual([{ a: 'é' }, { a: 'é' }]);
      expect(found.rejects).toMatchObject([
        { line: 2, byteOffset: 11, code: 'encoding', raw: '{"a":"M\\xfcller"}' },
        { line: 4, byteOffset: 37, code: 'encoding' },
      ]);
    }
    const first = read(Buffer.concat([bad, Buffer.from('\n'), good]));
    expect(first).toMatchObject({ rows: [['é']], lines: [2], rejects: [{ line: 1, code: 'encoding' }] });
  });

  it('where it is larger than a record may be', () => {
    const large = `{"a":"${'x'.repeat(5000)}"}`;
    for (const chunk of [7, 100, 100_000]) {
      const found = read(`{"a":1}\n${large}\n{"a":2}\n${large}`, { maxRecordBytes: 1000 }, [chunk]);
      expect(records(found)).toEqual([{ a: '1' }, { a: '2' }]);
      expect(found.lines).toEqual([1, 3]);
      expect(found.rejects).toMatchObject([
        { line: 2, byteOffset: 8, code: 'record_too_large' },
        { line: 4, byteOffset: 8 + large.length + 9, code: 'record_too_large' },
      ]);
    }
  });

  it('where it is larger than a record may be, and the first of all', () => {
    const large = `{"a":"${'x'.repeat(5000)}"}`;
    for (const chunk of [7, 100, 100_000]) {
      const found = read(`${large}\n${large}\n{"a":1}\n`, { maxRecordBytes: 1000 }, [chunk]);
      expect(records(found)).toEqual([{ a: '1' }]);
      expect(found.lines).toEqual([3]);
      expect(found.rejects).toMatchObject([
        { line: 1, code: 'record_too_large' },
        { line: 2, code: 'record_too_large' },
      ]);
    }
    for (const alone of [large, `${large}\n`, `${large}\nno record\n`, large.replace(':', ':\n')])
      expect(failure(alone, { maxRecordBytes: 1000 }).message).toContain('A record is larger than 1000');
  });

  it('says where in the line it went wrong', () => {
    const { rejects } = read('{"a":1}\n{"ü😀":1,}\n{"a":2}\n');
    expect(rejects[0]?.message).toBe(
      'Line 2, column 9 (byte 20): Expected a key in double quotes, found "}": {"ü😀":1,}',
    );
  });

  it('however many of them there are', () => {
    const found = read('{"a":1}\n{"a":[\n'.repeat(40_000), {}, [65_536]);
    expect(found.rows).toHaveLength(40_000);
    expect(found.rejects).toHaveLength(40_000);
    expect(found.rejects.at(-1)).toMatchObject({ line: 80_000, byteOffset: 15 * 40_000 - 7 });
  });
});

describe('elsewhere an error fails the file and says where', () => {
  const manyKeys = `{${Array.from({ length: 20 }, (_, index) => `"k${index}":1,`).join('')}"k18":2}`;
  const errors: [string, string][] = [
    ['[{"a":1},\n{"a":2,}]', 'Line 2, column 8 (byte 17): Expected a key in double quotes, found "}"'],
    ['[{"a":1}\n{"a":2}]', `Line 2, column 1 (byte 9): Expected ',' or ']', found "{"`],
    ['[{"a":1},]', 'Line 1, column 10 (byte 9): Expected a value, found "]"'],
    ['[{"a":1}', "Line 1, column 9 (byte 8): Expected ',' or ']', the text ends"],
    ['[{"a":1},', "Line 1, column 10 (byte 9): Expected ']' before the end of the file"],
    ['{\n  "ü": 1,\n  "b": tru,\n  "c": 3\n}', 'Line 3, column 11 (byte 23): Expected true, found ","'],
    ['{"a":1', "Line 1, column 7 (byte 6): Expected ',' or '}', the text ends"],
    ['{"a":\n[\n{"b":1}\n{"b":2}\n]}', `Line 4, column 1 (byte 16): Expected ',' or ']', found "{"`],
    ['{"a":[\n{"b":1}\n{"b":2}\n]}', `Line 3, column 1 (byte 15): Expected ',' or ']', found "{"`],
    ['{\n"a":1\n}\n{\n"a":tru\n}\n', 'Line 5, column 8 (byte 19): Expected true'],
    [manyKeys, 'Duplicate key "k18"'],
    ['{"a":{"x":1,"x":2}}', 'Line 1, column 13 (byte 12): Duplicate key "x", found "\\""'],
    [
      `[${'['.repeat(600)}${']'.repeat(600)}]`,
      'Line 1, column 502 (byte 501): More than 500 levels of nesting',
    ],
    ['1-2', 'Line 1, column 2 (byte 1): Unexpected text behind a value, found "-"'],
  ];
  it.each(errors)('%s', (text, message) => {
    const error = failure(text);
    expect(error.code).toBe('json_syntax');
    expect(error.message).toContain(message);
  });

  it('many blocks into the file', () => {
    const element = '{"name":"ü😀","values":[1, 2]},';
    const bytes = Buffer.byteLength(element) * 50_000 + 2;
    const column = 30 * 50_000 + 2;
    expect(failure(`[\n${element.repeat(50_000)}x]`).message).toContain(
      `Line 2, column ${column - 1} (byte ${bytes})`,
    );
  });

  it('with bytes that are not UTF-8', () => {
    expect(failure(Buffer.from('[{"a":"ok"},\n{"a":"M\xfcller"}]', 'latin1'))).toMatchObject({
      code: 'encoding',
    });
    expect(failure(Buffer.from('{\n"a":"M\xfcller"\n}', 'latin1')).message).toContain(
      'Line 2, column 7 (byte 8)',
    );
    expect(failure(Buffer.from('[{"a":"\xc3', 'latin1'))).toMatchObject({ code: 'encoding' });
  });

  it('with a record larger than it may be', () => {
    const text = `[{"a":1},{"a":"${'x'.repeat(5000)}"}]`;
    expect(failure(text, { maxRecordBytes: 1000 }).message).toContain(
      'column 10 (byte 9): A record is larger than 1000',
    );
    expect(read(text, { maxRecordBytes: 6000 }).rows).toHaveLength(2);
  });
});

describe('any document', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', 'c', 'é', ' '),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  );
  const scalar = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.integer(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const value = fc.oneof(
    { arbitrary: scalar, weight: 5 },
    fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 }),
  );
  const flat = fc.dictionary(key, value, { maxKeys: 5 });
  const nested = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { maxKeys: 3 })), {
    maxKeys: 4,
  });
  const chunkSizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
  const form = fc.constantFrom('array', 'pretty array', 'lines', 'pretty', 'concatenated');

  /** Bytes beyond the largest record: a block is not larger, so that small ones show what happens between them. */
  const room = fc.integer({ min: 8, max: 60 });

  function largest(documents: readonly unknown[]): number {
    const written = documents.map((document) => Buffer.byteLength(JSON.stringify([document], null, 2)));
    return Math.max(0, ...written);
  }

  function write(documents: readonly unknown[], as: string): string {
    if (as === 'array') return JSON.stringify(documents);
    if (as === 'pretty array') return JSON.stringify(documents, null, 2);
    if (as === 'concatenated') return documents.map((document) => JSON.stringify(document)).join('');
    return documents.map((document) => JSON.stringify(document, null, as === 'pretty' ? 1 : 0)).join('\n');
  }

  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const isNothing = (value: unknown) =>
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

  /** The keys that are objects in some documents and something else in others. */
  function mixedKeys(documents: readonly object[]): Set<string> {
    const members = documents
      .flatMap((document) => Object.entries(document))
      .filter(([, value]) => !isNothing(value));
    const objects = new Set(members.filter(([, value]) => isObject(value)).map(([key]) => key));
    return new Set(
      members.filter(([key, value]) => objects.has(key) && !isObject(value)).map(([key]) => key),
    );
  }

  /** The values that are not empty, as they should be stored. */
  function leaves(document: object, mixed: ReadonlySet<string> = new Set()): string[] {
    return Object.entries(document).flatMap(([key, value]) => {
      if (isNothing(value)) return [];
      return isObject(value) && !mixed.has(key) ? leaves(value) : [text(value)];
    });
  }

  it('comes back value for value, in any form and any chunks', () => {
    fc.assert(
      fc.property(
        fc.array(nested, { maxLength: 8 }),
        form,
        chunkSizes,
        room,
        (documents, form, chunks, room) => {
          const found = read(write(documents, form), { maxRecordBytes: largest(documents) + room }, chunks);
          expect(found.rejects).toEqual([]);
          expect(found.rows.map((row) => row.filter((cell) => cell !== null).sort())).toEqual(
            documents.map((document) => leaves(document, mixedKeys(documents)).sort()),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('that is flat comes back under its own names', () => {
    const plainKey = fc.constantFrom('a', 'b', 'c', 'd', 'long name', 'é');
    const plain = fc.array(fc.dictionary(plainKey, scalar), { maxLength: 8 });
    fc.assert(
      fc.property(plain, form, chunkSizes, (documents, form, chunks) => {
        const expected = documents.map((document) =>
          Object.fromEntries(
            Object.entries(document).flatMap(([key, value]) =>
              value === null || value === '' ? [] : [[key, text(value)]],
            ),
          ),
        );
        expect(records(read(write(documents, form), {}, chunks))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('starts each record on its line', () => {
    fc.assert(
      fc.property(fc.array(flat, { maxLength: 8 }), chunkSizes, room, (documents, chunks, room) => {
        let written = '';
        const lines = documents.map((document, index) => {
          const line = written.split('\n').length;
          written += JSON.stringify(document, null, index % 3) + '\n'.repeat(1 + (index % 2));
          return line;
        });
        expect(read(written, { maxRecordBytes: largest(documents) + room }, chunks).lines).toEqual(lines);
      }),
    );
  });

  it('is accepted or refused as JSON.parse does, but for keys that stand twice', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.constantFrom('', ...'{}[]",:\\ \n\t\0-+.eE01tfnu/\ud800ü'),
      fc.integer({ min: 0, max: 2 }),
    );
    fc.assert(
      fc.property(nested, fc.array(edit, { maxLength: 2 }), fc.boolean(), (document, edits, pretty) => {
        let source = JSON.stringify({ ...document, n: -1.5e-3, s: '\\"\n\u0001' }, null, pretty ? 1 : 0);
        for (const [at, inserted, removed] of edits) {
          const place = at % source.length;
          source = source.slice(0, place) + inserted + source.slice(place + removed);
        }
        const mine = judge(() => parseWhole(source));
        const theirs = judge(() => JSON.parse(source));
        expect(mine.startsWith('Duplicate key') ? 'ok' : mine === 'ok' ? 'ok' : 'refused', source).toBe(
          mine.startsWith('Duplicate key') ? 'ok' : theirs === 'ok' ? 'ok' : 'refused',
        );
      }),
      { numRuns: 5000 },
    );
  });

  function parseWhole(source: string): void {
    const parser = new JsonValueParser(source);
    parser.read(source.length - source.replace(/^[ \t\r\n]+/, '').length);
    if (/[^ \t\r\n]/.test(source.slice(parser.end))) throw new JsonSyntaxError('Text behind', parser.end);
  }

  function judge(parse: () => void): string {
    try {
      parse();
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : 'refused';
    }
  }
});
