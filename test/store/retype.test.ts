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
  store = Store.open(join(folder, 'test.db'), false, folder);
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
