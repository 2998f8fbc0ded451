import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonReader } from '../../src/format/json.ts';
import { type FieldLore, FieldsToLearn, noLore } from '../../src/format/json-names.ts';
import { JsonRowWalk } from '../../src/format/json-row-walk.ts';
import type { ReadRecord, RecordProblem, RecordSink } from '../../src/format/record.ts';
import { collect, type Found } from './collect.ts';

const refusal: RecordProblem = { code: 'invalid_value', column: 'id', message: 'refused' };

/** What a file comes to, and the order of all child rows, where each fifth record or so is refused. */
function read(
  text: string,
  blockBytes: number,
  lore: FieldLore = noLore,
): { found: Found; order: ReadRecord['children'][] } | string {
  const order: ReadRecord['children'][] = [];
  const watched = (sink: RecordSink): RecordSink => ({
    ...sink,
    records(batch) {
      order.push(...batch.map(({ children }) => children.map((row) => ({ ...row, cells: [] }))));
      sink.records(batch);
      const refused = batch.flatMap(({ cells }, place) => (cells.join('').length % 5 === 0 ? place : []));
      return new Map(refused.map((place) => [place, refusal]));
    },
  });
  try {
    const options = { blockBytes, lore, nulls: ['x', '7', 'é', 'true'], showsText: false };
    const found = collect((sink) => new JsonReader(watched(sink), options), text);
    return { found, order };
  } catch (error) {
    if (error instanceof FieldsToLearn) return read(text, blockBytes, error.lore);
    return error instanceof Error ? error.message : 'failed';
  }
}

/** What a file comes to that the parser alone reads. */
function parsed(text: string): ReturnType<typeof read> {
  const { read: original } = JsonRowWalk.prototype;
  JsonRowWalk.prototype.read = () => 0;
  try {
    return read(text, 1 << 20);
  } finally {
    JsonRowWalk.prototype.read = original;
  }
}

/** Bytes that the lane was asked for and took while `work` was done. */
function taken(work: () => void): { asked: number; took: number } {
  const { read: original } = JsonRowWalk.prototype;
  const sum = { asked: 0, took: 0 };
  JsonRowWalk.prototype.read = function (bytes, ...rest) {
    const took = original.call(this, bytes, ...rest);
    sum.asked += bytes.length;
    sum.took += took;
    return took;
  };
  try {
    work();
  } finally {
    JsonRowWalk.prototype.read = original;
  }
  return sum;
}

const scalar = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('', 'x', 'é😀', 'a "b"', '\\', '\n', 'ä\u0000', '\ud800', '12', 'null'),
  },
  { weight: 3, arbitrary: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })) },
  fc.constantFrom(true, false, null),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const texts = fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 });
const leaf = fc.record({ v: scalar, ü: scalar, w: fc.oneof(scalar, texts) }, { requiredKeys: [] });
const element = fc.record(
  { v: scalar, deep: fc.array(leaf, { maxLength: 3 }), also: fc.array(leaf, { maxLength: 2 }), o: leaf },
  { requiredKeys: [] },
);
const record = fc.record(
  {
    id: fc.integer(),
    name: fc.record(
      { given: scalar, family: scalar, nick: fc.array(leaf, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    z: fc.array(element, { maxLength: 3 }),
    a: fc.array(element, { maxLength: 3 }),
    tags: texts,
    odd: fc.oneof({ weight: 8, arbitrary: scalar }, leaf, fc.array(leaf, { maxLength: 2 })),
    last: scalar,
  },
  { requiredKeys: ['id'] },
);

const fullLeaf = { w: 1, v: 1, ü: 'x' };
const fullElement = { v: 'v', also: [fullLeaf], deep: [fullLeaf], o: fullLeaf };
/** One in which every field holds something, so that those behind it bring nothing new. */
const full = {
  id: 0,
  name: { given: 'g', nick: [fullLeaf], family: 'f' },
  z: [fullElement],
  a: [fullElement],
  tags: 't',
  last: 1,
};

/** The same with its keys, at every depth, from the last to the first. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)]);
  return Object.fromEntries(members.reverse());
}

/** A file of records, most often with a full one before them. */
const file = fc
  .record({
    records: fc.array(record, { minLength: 1, maxLength: 25 }),
    isOdd: fc.constantFrom(false, false, false, true),
    isNew: fc.constantFrom(false, false, false, true),
    turned: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
    space: fc.constantFrom(0, 0, 1),
    lines: fc.boolean(),
    between: fc.constantFrom('', '\n', ' \r\n\t'),
  })
  .map(({ records, isOdd, isNew, turned, space, lines, between }) => {
    const kept = isOdd ? records : records.map(({ odd, ...rest }) => rest);
    const written = (isNew ? kept : [full, ...kept]).map((one, place) =>
      JSON.stringify(turned[place % turned.length] ? reversed(one) : one, null, lines ? 0 : space),
    );
    return lines
      ? `${written.join(`${between.trimEnd()}\n`)}\n`
      : `[${between}${written.join(`${between},${between}`)}]`;
  });

describe('records that the lane takes', () => {
  it('come out as the parser reads them', () => {
    const { asked, took } = taken(() => {
      fc.assert(
        fc.property(file, fc.integer({ min: 64, max: 2000 }), (text, blockBytes) => {
          expect(read(text, blockBytes)).toEqual(parsed(text));
        }),
        { numRuns: 1000 },
      );
    });

    expect(took).toBeGreaterThan(0.2 * asked);
  });

  it('are refused where the parser refuses them', () => {
    const edit = fc.tuple(
      fc.nat(),
      fc.constantFrom(
        '',
        ...'{}[]",:\\ \n\t\0-+.eE01tfnu/',
        '"id":',
        '"v":1,',
        '[{}]',
        '{}',
        'null',
        '\\u00',
      ),
      fc.integer({ min: 0, max: 3 }),
    );
    fc.assert(
      fc.property(
        file,
        fc.array(edit, { maxLength: 2 }),
        fc.integer({ min: 64, max: 2000 }),
        (text, edits, size) => {
          let source = text;
          for (const [at, inserted, removed] of edits) {
            const place = at % source.length;
            source = source.slice(0, place) + inserted + source.slice(place + removed);
          }
          expect(read(source, size), source).toEqual(parsed(source));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are those that hold what the ones before them held, whatever the order of their keys and lists', () => {
    const one =
      '{"id":1,"z":[{"v":1,"b":[{"x":1}],"a":[{"x":"é"}]}],"o":{"p":"\\n","q":[1, 2]},"a":[{"v":null}],"t":true}';
    const other = '{"t":false,"a":[{"v":3},{}],"o":{"q":[ ],"p":""},"z":[],"id":-0.5e+7}';
    const records = Array.from({ length: 4000 }, (_, place) => (place % 3 === 0 ? other : one));
    for (const text of [`[${[one, ...records].join(',\n')}]`, [one, ...records, ''].join('\r\n')]) {
      const { asked, took } = taken(() => expect(read(text, 1 << 16)).toEqual(parsed(text)));
      expect(took).toBeGreaterThan(0.9 * asked);
    }
  });

  const regular = '{"id":1,"o":{"p":"x","q":2},"z":[{"v":1},{"v":"y"}],"t":true}';
  const broken: [what: string, record: string][] = [
    ['a key that stands twice', '{"id":1,"id":2}'],
    ['a key that stands twice with nothing in it', '{"id":null,"id":1}'],
    ['a key that stands twice further in', '{"o":{"p":1,"q":2,"p":null}}'],
    ['a key that stands twice in a list', '{"z":[{"v":1},{"v":1,"v":1}]}'],
    ['a key that stands twice around a list', '{"z":[{"v":1}],"z":[]}'],
    ['a padded number', '{"id":01}'],
    ['a number without digits', '{"id":-}'],
    ['a number that ends with its point', '{"id":1.}'],
    ['a number that begins with its point', '{"id":.5}'],
    ['a number that ends with its exponent', '{"id":1e+}'],
    ['a number with a sign', '{"id":+1}'],
    ['a word that is none', '{"t":trUe}'],
    ['a word with something behind', '{"t":nullx}'],
    ['a word that ends too early', '{"t":fals}'],
    ['a tab in a text', '{"o":{"p":"a\tb"}}'],
    ['a line end in a text', '{"o":{"p":"a\nb"}}'],
    ['an escape that is none', '{"o":{"p":"a\\xb"}}'],
    ['half an escape', '{"o":{"p":"a\\u00"}}'],
    ['a text without its end', '{"o":{"p":"a}}'],
    ['a comma too much', '{"id":1,}'],
    ['a comma too much in a list', '{"z":[{"v":1},]}'],
    ['a comma too few', '{"id":1 "t":true}'],
    ['a colon too few', '{"id" 1}'],
    ['a bracket that closes another', '{"z":[{"v":1}}]'],
    ['a bracket too few', '{"o":{"p":1}'],
    ['a bracket too much', '{"o":{"p":1}}}'],
    ['a key without quotes', '{id:1}'],
    ['nothing for a value', '{"id":}'],
    ['nothing', ''],
    ['no object', '7'],
    ['an object where a value was', '{"id":{"a":1}}'],
    ['a value where an object was', '{"o":1}'],
    ['values where objects were', '{"z":[{"v":1},2]}'],
    ['a new key', '{"id":1,"new":1}'],
    ['a new key without a value', '{"new":[]}'],
    ['a new key further in', '{"z":[{"v":1,"new":""}]}'],
    ['nothing of what is known', '{}'],
    ['empty lists and objects', '{"o":{},"z":[],"id":""}'],
  ];
  it.each(broken)('may have %s amid them', (_what, record) => {
    const records = [...Array.from({ length: 12 }, () => regular), record, regular, regular];
    for (const text of [
      `[${records.join(',')}]`,
      `${records.join('\n')}\n`,
      `[\n${records.join(',\n')}\n]\n`,
    ])
      for (const blockBytes of [70, 200, 1000, 1 << 20]) expect(read(text, blockBytes)).toEqual(parsed(text));
  });
});
