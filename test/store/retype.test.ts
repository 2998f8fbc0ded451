import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ColumnType } from '../../src/store/columnType.ts';
import { retypeColumns } from '../../src/store/retype.ts';
import { Store } from '../../src/store/store.ts';
import type { Table } from '../../src/store/table.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-retype-'));
  store = Store.open({ path: join(folder, 'test.db'), dryRun: false, folder, pause: async () => {} });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A data table `t` with one column `v` and these values. */
function tableOf(type: ColumnType, values: readonly unknown[]): Table {
  store.db.exec(`CREATE TABLE t (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, v ${type})`);
  const insert = store.db.prepare('INSERT INTO t (_file_id, _line, v) VALUES (1, 1, ?)');
  for (const value of values) insert.run(value);
  return { name: 't', columns: new Map([['v', { name: 'v', type, undecided: false, longIntegers: false }]]) };
}

async function retype(table: Table, type: ColumnType): Promise<void> {
  await store.transaction(() => retypeColumns(store.db, table, new Map([['v', type]])));
}

function values(): unknown[] {
  return store.db.prepare('SELECT v, typeof(v) FROM t ORDER BY _id').raw().safeIntegers().all();
}

describe('values keep what they say', () => {
  test('from INTEGER to REAL, words as they are', async () => {
    await retype(tableOf('INTEGER', [1n, -2n, 'N/A', null]), 'REAL');
    expect(values()).toEqual([
      [1, 'real'],
      [-2, 'real'],
      ['N/A', 'text'],
      [null, 'null'],
    ]);
  });

  test('from INTEGER to TEXT, up to 64 bits', async () => {
    await retype(tableOf('INTEGER', [1n, 9223372036854775807n, -9007199254740993n, 'N/A', null]), 'TEXT');
    expect(values()).toEqual([
      ['1', 'text'],
      ['9223372036854775807', 'text'],
      ['-9007199254740993', 'text'],
      ['N/A', 'text'],
      [null, 'null'],
    ]);
  });

  test('from REAL to TEXT in the shortest form', async () => {
    await retype(tableOf('REAL', [1.5, 0.1, 2, 123456789012.345, 'N/A']), 'TEXT');
    expect(values().map((row) => (row as unknown[])[0])).toEqual([
      '1.5',
      '0.1',
      '2',
      '123456789012.345',
      'N/A',
    ]);
  });
});

describe('what the user made for the table stays', () => {
  test('indexes, of any kind', async () => {
    const table = tableOf('INTEGER', [2n, 1n]);
    store.db.exec(`CREATE INDEX t_by_v ON t (v);
      CREATE UNIQUE INDEX t_big ON t (v, _line) WHERE v > 1;
      CREATE INDEX t_sum ON t (v + 1)`);
    await retype(table, 'REAL');
    const indexes = store.db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 't'")
      .pluck();
    expect(indexes.all().sort()).toEqual(['t_big', 't_by_v', 't_sum']);
    const plan = store.db.prepare('EXPLAIN QUERY PLAN SELECT * FROM t WHERE v = 2').get() as {
      detail: string;
    };
    expect(plan.detail).toContain('t_by_v');
  });

  test('views, also views of views', async () => {
    const table = tableOf('INTEGER', [2n, 1n]);
    store.db.exec(
      'CREATE VIEW doubled AS SELECT v * 2 AS w FROM t; CREATE VIEW most AS SELECT max(w) AS w FROM doubled',
    );
    await retype(table, 'TEXT');
    expect(store.db.prepare('SELECT w FROM most').pluck().get()).toBe(4);
  });

  test('triggers of the table and triggers of others that speak of it', async () => {
    const table = tableOf('INTEGER', [2n]);
    store.db.exec(`CREATE TABLE log (said);
      CREATE TRIGGER t_added AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.v); END;
      CREATE TRIGGER log_added AFTER INSERT ON log BEGIN UPDATE t SET _line = _line + 1; END`);
    await retype(table, 'TEXT');
    store.db.exec("INSERT INTO t (_file_id, _line, v) VALUES (1, 1, 'x')");
    expect(store.db.prepare('SELECT said FROM log').pluck().all()).toEqual(['x']);
    expect(store.db.prepare('SELECT _line FROM t').pluck().all()).toEqual([2, 2]);
  });

  test('rebuilding does not set off its triggers', async () => {
    const table = tableOf('INTEGER', [2n]);
    store.db.exec(`CREATE TABLE log (said);
      CREATE TRIGGER t_gone AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.v); END;
      CREATE TRIGGER t_added AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.v); END`);
    await retype(table, 'TEXT');
    expect(store.db.prepare('SELECT count(*) FROM log').pluck().get()).toBe(0);
  });
});

describe('what the user wrote into the table stays', () => {
  const written = `CREATE TABLE "t" ( -- the user's own, "(" and all
    _id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER,
    [v] INTEGER /* percent, not (NULL */ NOT NULL DEFAULT (0) CHECK ("v" <> 'x,y)'), -- last
    "w, (x)" NUMERIC(10, 2) COLLATE NOCASE, UNIQUE (v, "w, (x)"), CONSTRAINT c CHECK (length("w, (x)") < 5)
  )`;

  test.each(['REAL', 'TEXT'] as const)('constraints, defaults and comments, as %s', async (type) => {
    store.db.exec(written);
    store.db.exec(`INSERT INTO t (_id, v, "w, (x)") VALUES (1, 5, 'a')`);
    const columns = new Map([
      ['v', { name: 'v', type: 'INTEGER' as const, undecided: false, longIntegers: false }],
    ]);
    await retype({ name: 't', columns }, type);
    expect(
      store.db.prepare('SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?)').raw().all('t'),
    ).toEqual([
      ['_id', 'INTEGER', 0, null],
      ['_file_id', 'INTEGER', 0, null],
      ['_line', 'INTEGER', 0, null],
      ['v', type, 1, '0'],
      ['w, (x)', 'NUMERIC(10, 2)', 0, null],
    ]);
    const insert = (v: unknown, w: unknown) => () =>
      store.db.prepare('INSERT INTO t (v, "w, (x)") VALUES (?, ?)').run(v, w);
    expect(insert('x,y)', 'b')).toThrow('CHECK constraint failed');
    expect(insert(null, 'b')).toThrow('NOT NULL constraint failed');
    expect(insert(1, 'too long')).toThrow('CHECK constraint failed: c');
    expect(insert('5', 'A')).toThrow('UNIQUE constraint failed');
    insert(6, 'b')();
  });
});

test('a rebuild that is rolled back leaves the table as it was', async () => {
  const table = tableOf('INTEGER', [2n, 9007199254740993n]);
  store.db.exec('CREATE INDEX t_by_v ON t (v)');
  const before = store.db
    .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 't' ORDER BY name")
    .pluck()
    .all();
  const work = store.transaction(() => {
    retypeColumns(store.db, table, new Map([['v', 'TEXT' as const]]));
    throw new Error('no');
  });
  await expect(work).rejects.toThrow();
  expect(
    store.db.prepare("SELECT sql FROM sqlite_master WHERE tbl_name = 't' ORDER BY name").pluck().all(),
  ).toEqual(before);
  expect(values()).toEqual([
    [2n, 'integer'],
    [9007199254740993n, 'integer'],
  ]);
});
