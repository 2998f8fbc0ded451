import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openForReading } from '../../src/store/database.ts';
import { Store } from '../../src/store/store.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ingest-store-'));
  store = Store.open({ path: join(folder, 'test.db'), dryRun: false, folder, pause: async () => {} });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

test('a transaction that fails leaves nothing, and says what SQLite found wrong as a fault of the database', async () => {
  const failing = store.transaction(() => {
    store.db.exec('CREATE TABLE t (v UNIQUE); INSERT INTO t VALUES (1)');
    store.db.exec('INSERT INTO t VALUES (1)');
  });
  await expect(failing).rejects.toMatchObject({
    code: 'database',
    cause: { code: 'SQLITE_CONSTRAINT_UNIQUE' },
  });
  expect(store.db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 't'").pluck().get()).toBe(0);
});

test('a fault of the program within a transaction is not called one of the database', async () => {
  const fault = new TypeError('f is not a function');
  await expect(
    store.transaction(() => {
      throw fault;
    }),
  ).rejects.toBe(fault);
});

test('a new database has pages of 16 KiB, one that is there keeps its own, and both the same length of log', () => {
  const path = join(folder, 'old.db');
  const old = new Database(path);
  old.exec('CREATE TABLE t (v)');
  old.close();
  const opened = Store.open({ path, dryRun: false, folder, pause: async () => {} });
  const pragmas = (db: Store['db']) =>
    ['page_size', 'wal_autocheckpoint'].map((name) => Number(db.pragma(name, { simple: true })));
  expect([pragmas(store.db), pragmas(opened.db)]).toEqual([
    [16_384, 4096],
    [4096, 16_384],
  ]);
  opened.close();
});

test.skipIf(process.getuid?.() === 0)('who may read a database but not write beside it is told so', () => {
  store.close();
  chmodSync(folder, 0o555);
  try {
    expect(() => openForReading(join(folder, 'test.db'))).toThrow('cannot be read by this user');
  } finally {
    chmodSync(folder, 0o755);
  }
});
