import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { SegmentFailure, type Value } from '../../src/segment/newFile.ts';
import { SqliteFile } from '../../src/segment/sqliteFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'ingest-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'file.db');

interface Row {
  readonly rowid: number;
  readonly values: readonly Value[];
}

/** Writes tables of three columns after the rowid. */
function write(tables: readonly (readonly Row[])[]): void {
  const file = new SqliteFile(path);
  const written = tables.map((_, i) => file.table(`t${i}`, 'n INTEGER PRIMARY KEY, a, b, c'));
  for (const [i, rows] of tables.entries()) {
    for (const { rowid, values } of rows) written[i]?.append(rowid, [null, ...values]);
  }
  file.close();
}

/** What SQLite finds in them; it must find nothing wrong. */
function read(count: number): unknown[][][] {
  const db = new Database(path, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return Array.from(
      { length: count },
      (_, i) => db.prepare(`SELECT * FROM t${i}`).raw().all() as unknown[][],
    );
  } finally {
    db.close();
  }
}

function expectSame(tables: readonly (readonly Row[])[]): void {
  write(tables);
  const expected = tables.map((rows) => rows.map(({ rowid, values }) => [rowid, ...values]));
  expect(read(tables.length)).toEqual(expected);
}

const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }).map((said) => said.replace(/[\ud800-\udfff]/g, 'é')),
  fc.integer({ min: 0, max: 50_000 }).map((length) => 'x€'.repeat(length)),
);
const integer = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(127, 128, 32_767, 32_768, 8_388_607, 8_388_608, 2 ** 31 - 1, 2 ** 31, 2 ** 47 - 1, 2 ** 47),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  text,
  integer,
  fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
);
const rows = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.tuple(value, value, value)), { maxLength: 60 })
  .map((steps) => {
    let rowid = -1;
    return steps.map(([step, values]): Row => {
      rowid += step;
      return { rowid, values };
    });
  });

test('SQLite reads what was written, and finds nothing wrong with the file', () => {
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 4 }), (tables) => expectSame(tables)),
    { numRuns: 150 },
  );
});

/** As `write`, by two writers in turn: each row goes with its neighbours to one of them. */
function writeInTurns(tables: readonly (readonly Row[])[], turns: readonly number[]): void {
  const file = new SqliteFile(path);
  const other = new SqliteFile(path, file.open.pages);
  const own = tables.map((_, i) => file.table(`t${i}`, 'n INTEGER PRIMARY KEY, a, b, c'));
  const foreign = tables.map((_, i) => other.table(`t${i}`, 'n INTEGER PRIMARY KEY, a, b, c'));
  for (const [i, rows] of tables.entries()) {
    for (let from = 0, turn = 0; from < rows.length; turn += 1) {
      const to = from + (turns[turn % turns.length] ?? 1);
      const writer = turn % 2 === 0 ? own[i] : foreign[i];
      for (const { rowid, values } of rows.slice(from, to)) writer?.append(rowid, [null, ...values]);
      if (turn % 2 === 1) own[i]?.adoptLeaves(foreign[i]?.takeLeaves() ?? []);
      from = to;
    }
  }
  other.flush();
  file.close();
  other.abandon();
}

test('several writers make one file, each of its own pages', () => {
  const turns = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 3 }), turns, (tables, lengths) => {
      writeInTurns(tables, lengths);
      const expected = tables.map((one) => one.map(({ rowid, values }) => [rowid, ...values]));
      expect(read(tables.length)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('a file of more than 1 GiB leaves out the page whose bytes SQLite locks', () => {
  const pageBytes = 16_384;
  const lockPage = 2 ** 30 / pageBytes + 1;
  const pages = new SharedArrayBuffer(4);
  // As if so many had been written: the file has a hole there.
  Atomics.store(new Int32Array(pages), 0, lockPage - 5);
  writeFileSync(path, '');
  const file = new SqliteFile(path, pages);
  const table = file.table('t0', 'n INTEGER PRIMARY KEY, a, b');
  const rows = Array.from({ length: 40 }, (_, n) => [n, 'x'.repeat(5000 + 500 * n), 'end']);
  for (const [n, ...values] of rows) table.append(Number(n), [null, ...values.map(String)]);
  file.close();
  const db = new Database(path, { readonly: true });
  expect(db.prepare('SELECT * FROM t0').raw().all()).toEqual(rows);
  const found = db.prepare('PRAGMA integrity_check(100000)').pluck().all().join('\n').split('\n');
  db.close();
  // Nothing but the pages of the hole was never used.
  const isHole = (fault: string) => Number(/^Page (\d+): never used$/.exec(fault)?.[1]) < lockPage - 4;
  const faults = found.filter((fault) => !isHole(fault) && !fault.startsWith('***'));
  expect(faults).toEqual([]);
});

test('a row of any size is whole, also around the size of a page', () => {
  for (let length = 16_300; length < 16_400; length += 1) {
    expectSame([[{ rowid: 0, values: ['x'.repeat(length), null, 7] }]]);
  }
  expectSame([[{ rowid: 3, values: ['x'.repeat(12_000_000), 'after', null] }]]);
});

test('a table of any number of rows is a tree, of two levels and of three', () => {
  for (const count of [0, 1, 2, 1_000, 5_000]) {
    const large = 'x'.repeat(9_000);
    expectSame([Array.from({ length: count }, (_, rowid) => ({ rowid, values: [rowid, large, null] }))]);
  }
}, 60_000);

test('tables beyond what the first page can name are there, too', () => {
  for (const count of [1, 100, 200, 500])
    expectSame(Array.from({ length: count }, () => [{ rowid: 1, values: [1, 'a', null] }]));
});

test('rowids may be as large as 53 bits', () => {
  const rowids = [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 45, Number.MAX_SAFE_INTEGER];
  expectSame([rowids.map((rowid) => ({ rowid, values: [null, null, rowid] }))]);
});

test('a file is made of the same bytes from the same rows', () => {
  const tables = [[{ rowid: 0, values: ['a', 1, null] }]];
  write(tables);
  const once = readFileSync(path);
  write(tables);
  expect(readFileSync(path).equals(once)).toBe(true);
});

test('what keeps it from being written is a failure of the segment, with the code of the system', () => {
  expect(() => new SqliteFile(join(folder, 'absent', 'file.db'))).toThrow(SegmentFailure);
  expect(() => new SqliteFile(join(folder, 'absent', 'file.db'))).toThrow(
    expect.objectContaining({ code: 'ENOENT' }),
  );
});

test.runIf(existsSync('/dev/full'))('a full disk is one with the code ENOSPC', () => {
  const file = new SqliteFile('/dev/full');
  file.table('t', 'a').append(1, ['a']);
  expect(() => file.close()).toThrow(expect.objectContaining({ name: 'Error', code: 'ENOSPC' }));
  file.abandon();
});
