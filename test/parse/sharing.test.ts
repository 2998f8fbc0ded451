import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ParseSettings } from '../../src/domain/settings.ts';
import { CsvReader } from '../../src/format/csv.ts';
import { JsonReader } from '../../src/format/json.ts';
import type { JsonOptions } from '../../src/format/json-options.ts';
import type { RecorderJob } from '../../src/parse/recorder.ts';
import { BoundFile } from '../../src/segment/boundFile.ts';
import { OpenLanes } from '../format/openLanes.ts';
import { unsaid } from '../format/sample.ts';
import { type Open, recorded, type Sharing, shared } from './sharing.ts';

const sharing: fc.Arbitrary<Sharing> = fc.record({
  helpers: fc.integer({ min: 1, max: 3 }),
  moods: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
  chunk: fc.integer({ min: 20, max: 400 }),
});

const blockBytes = 90;

function expectSame(text: string | Buffer, job: RecorderJob, open: Open, how: Sharing): void {
  const bytes = Buffer.from(text);
  const alone = recorded(bytes, job, open, null);
  expect(recorded(bytes, job, open, how)).toEqual(alone);
  expect(recorded(bytes, job, open, null, (path) => new BoundFile(path))).toEqual(alone);
}

function jobOf(parse: Partial<ParseSettings>, more: Partial<RecorderJob> = {}): RecorderJob {
  return {
    constants: [['machine', 'm1']],
    identity: { dedupe: 'row', key: [] },
    parse: { ...unsaid, ...parse },
    ...more,
  };
}

function csv({ pad = false, byLane = true } = {}): Open {
  const dialect = {
    delimiter: ',',
    quote: '"',
    escape: 'doubled' as const,
    spaced: false,
    firstLine: 1,
    hasHeader: true,
    width: null,
    preamble: [],
  };
  return (sink, helpers) =>
    new CsvReader(sink, {
      dialect,
      encoding: 'utf-8',
      markLength: 0,
      maxRecordBytes: 250,
      pad,
      nulls: [''],
      skipUnits: false,
      decimalComma: false,
      blockBytes,
      lanes: byLane ? new OpenLanes() : null,
      helpers,
    });
}

const plain = fc.oneof(
  fc.integer({ min: -5, max: 5000 }).map(String),
  fc.double({ noNaN: true }).map(String),
  fc.constantFrom('', 'a', '007', 'word', 'ü€', '12345678901234567890'),
);
const quoted = fc.string({ maxLength: 12 }).map((text) => `"${text.replaceAll('"', '""')}"`);
const odd = fc.constantFrom('"never closed', 'a "stray" one', '"behind"it', '"two\nlines"', 'nul\0', '\r');
const long = fc.integer({ min: 60, max: 300 }).map((length) => 'x'.repeat(length));

function lines(cell: fc.Arbitrary<string>, least = 3): fc.Arbitrary<string> {
  const fields = fc.oneof(
    { arbitrary: fc.array(cell, { minLength: least, maxLength: 3 }), weight: 20 },
    { arbitrary: fc.array(cell, { minLength: 0, maxLength: 4 }), weight: least === 3 ? 0 : 1 },
  );
  const end = fc.constantFrom('\n', '\n', '\r\n');
  return fc
    .array(fc.tuple(fields, end), { minLength: 10, maxLength: 60 })
    .map((all) => `id,value,text\n${all.map(([row, ending]) => row.join(',') + ending).join('')}`);
}

test('a regular CSV file is shared, and comes out as if one had read it', () => {
  const before = { ...shared };
  fc.assert(
    fc.property(lines(fc.oneof(plain, quoted)), sharing, fc.boolean(), (text, how, byLane) =>
      expectSame(text, jobOf({}), csv({ byLane }), how),
    ),
    { numRuns: 100, endOnFailure: true },
  );
  expect(shared.files - before.files).toBeGreaterThan(50);
  expect(shared.entangled).toBe(before.entangled);
});

test('so does one with broken records, repeats, records that are refused and those that are too large', () => {
  const cell = fc.oneof(
    { arbitrary: plain, weight: 30 },
    { arbitrary: quoted, weight: 4 },
    { arbitrary: odd, weight: 1 },
    { arbitrary: long, weight: 1 },
  );
  const settings = fc.record({
    pad: fc.boolean(),
    byLane: fc.boolean(),
    validate: fc.constantFrom({}, { value: { max: 100 } }),
    key: fc.constantFrom([], ['id']),
  });
  fc.assert(
    fc.property(lines(cell, 2), settings, sharing, (text, { pad, byLane, validate, key }, how) => {
      const identity = { dedupe: key.length > 0 ? ('key' as const) : ('row' as const), key };
      const bytes = Buffer.from(text.replaceAll('ü', '\u0001'));
      // A byte that is no UTF-8.
      for (let at = bytes.indexOf(1); at !== -1; at = bytes.indexOf(1)) bytes[at] = 0xff;
      expectSame(bytes, jobOf({ validate }, { identity }), csv({ pad, byLane }), how);
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

function json(options: Partial<JsonOptions> = {}): Open {
  const own = { blockBytes, maxRecordBytes: 400, ...options };
  return (sink, helpers, lore) => new JsonReader(sink, { ...own, lore }, helpers);
}

const scalar = fc.oneof(plain, fc.constantFrom(1, 2.5, true, null, 'é"\\\n'));
const nested = fc.record(
  { x: scalar, y: scalar, deep: fc.record({ z: scalar }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);
const list = fc.array(fc.record({ a: scalar, more: fc.array(nested, { maxLength: 2 }) }), { maxLength: 3 });
const document = fc.record(
  { id: scalar, a: nested, a_x: scalar, A_X: scalar, machine: scalar, items: list, late: scalar },
  { requiredKeys: ['id'] },
);
/** Fields that come and go, and that hold now this, now that. */
const drifting = fc.oneof(
  { arbitrary: document, weight: 8 },
  { arbitrary: fc.record({ id: scalar, a: scalar, items: fc.oneof(scalar, nested) }), weight: 1 },
  { arbitrary: fc.dictionary(fc.constantFrom('n1', 'n2', 'N1', 'n3'), scalar), weight: 1 },
);

function arrays(records: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const indent = fc.constantFrom(undefined, 1);
  return fc
    .tuple(fc.array(records, { minLength: 8, maxLength: 60 }), indent)
    .map(([all, spaces]) => JSON.stringify(all, null, spaces));
}

function ndjson(records: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const end = fc.constantFrom('\n', '\r\n');
  return fc
    .tuple(fc.array(records, { minLength: 8, maxLength: 60 }), end)
    .map(([all, ending]) => all.map((one) => JSON.stringify(one) + ending).join(''));
}

test('records of JSON come out as if one had read them', () => {
  const before = { ...shared };
  fc.assert(
    fc.property(fc.oneof(arrays(document), ndjson(document)), sharing, (text, how) =>
      expectSame(text, jobOf({}), json(), how),
    ),
    { numRuns: 120, endOnFailure: true },
  );
  expect(shared.files - before.files).toBeGreaterThan(50);
});

test('so do those whose fields drift, are refused, or hold different things', () => {
  const validate = fc.constantFrom({}, { id: { max: 100 } });
  fc.assert(
    fc.property(fc.oneof(arrays(drifting), ndjson(drifting)), validate, sharing, (text, rules, how) =>
      expectSame(text, jobOf({ validate: rules }), json(), how),
    ),
    { numRuns: 150, endOnFailure: true },
  );
});

test('so do files with something broken at any place', () => {
  const broken = fc.constantFrom('}', '"', '{', ']', ',', '\n', '\\', '[{', '\u0001');
  const at = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(
      fc.oneof(arrays(document), ndjson(document)),
      broken,
      at,
      sharing,
      (text, what, place, how) => {
        const where = place % text.length;
        expectSame(text.slice(0, where) + what + text.slice(where), jobOf({}), json(), how);
        expectSame(text.slice(0, where), jobOf({}), json(), how);
      },
    ),
    { numRuns: 120, endOnFailure: true },
  );
});

test('so do records at a path, with others around them, and features', () => {
  const around = arrays(document).map((text) => `{"page":1,"data":{"items":${text},"n":[1,{"a":2}]}}`);
  fc.assert(
    fc.property(fc.array(around, { minLength: 1, maxLength: 2 }), sharing, (texts, how) =>
      expectSame(texts.join('\n'), jobOf({}), json({ path: ['data', 'items'] }), how),
    ),
    { numRuns: 60, endOnFailure: true },
  );
  const feature = document.map((properties) => ({ type: 'Feature', id: 7, properties, geometry: null }));
  fc.assert(
    fc.property(arrays(feature), sharing, (text, how) => {
      const collection = `{"type":"FeatureCollection","features":${text}}`;
      expectSame(collection, jobOf({}), json({ path: ['features'], features: true }), how);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});
