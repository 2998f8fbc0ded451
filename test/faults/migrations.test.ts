import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';
import { wrongsOf } from './soundness.ts';

function edit(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** Digests of the database and of what SQLite keeps beside it, by name. */
function snapshot(dir: Workdir, names = ['ingest.db', 'ingest.db-wal', 'ingest.db-shm']): string[] {
  const kept = names.filter((name) => existsSync(dir.path(name)));
  return kept.map(
    (name) =>
      `${name} ${createHash('sha256')
        .update(readFileSync(dir.path(name)))
        .digest('hex')}`,
  );
}

test.each([
  ['a run', ['data']],
  ['a dry run', ['data', '--dry-run']],
])(
  'the database of a newer program is refused with exit 2 and left byte for byte, by %s',
  async (_, args) => {
    const dir = workdir();
    dir.write('data/a.csv', 'a,b\n1,2\n');
    expect((await dir.ingest(['data'])).code).toBe(0);
    edit(dir.db, 'UPDATE _ingest_schema SET version = version + 1');
    dir.write('data/b.csv', 'a,b\n3,4\n');
    const before = snapshot(dir);
    const run = await dir.ingest(args);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/newer/);
    expect(snapshot(dir)).toEqual(before);
  },
);

test.each(['status', 'files'])('%s refuses the database of a newer program with exit 2', async (command) => {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  expect((await dir.ingest(['data'])).code).toBe(0);
  edit(dir.db, 'UPDATE _ingest_schema SET version = version + 1');
  const before = snapshot(dir, ['ingest.db']);
  expect((await dir.ingest([command])).code).toBe(2);
  expect(snapshot(dir, ['ingest.db'])).toEqual(before);
});

test("a newer database in SQLite's other journal mode stays in it", async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'a,b\n1,2\n');
  edit(
    dir.db,
    'CREATE TABLE _ingest_schema (version INTEGER NOT NULL); INSERT INTO _ingest_schema VALUES (99)',
  );
  const before = snapshot(dir);
  expect((await dir.ingest(['data'])).code).toBe(2);
  expect(snapshot(dir)).toEqual(before);
});

test("a user's own database gets our tables beside its own, which stay as they are", async () => {
  const dir = workdir();
  edit(
    dir.db,
    `CREATE TABLE parts (part TEXT PRIMARY KEY, price REAL);
     INSERT INTO parts VALUES ('x', 1.5), ('y', 2.5);
     CREATE VIEW cheap AS SELECT * FROM parts WHERE price < 2;
     CREATE TRIGGER priced AFTER INSERT ON parts BEGIN UPDATE parts SET price = 0 WHERE price < 0; END;
     CREATE INDEX by_price ON parts (price);`,
  );
  const schema = "SELECT * FROM sqlite_master WHERE tbl_name IN ('parts', 'cheap') ORDER BY name";
  const before = dir.rows(schema);
  dir.write('data/a.csv', 'a,b\n1,2\n');
  expect((await dir.ingest(['data'])).code).toBe(0);
  expect(dir.rows(schema)).toEqual(before);
  expect(dir.rows('SELECT * FROM parts')).toHaveLength(2);
  expect(dir.rows('SELECT a, b FROM data')).toEqual([{ a: 1, b: 2 }]);
  expect(dir.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});

test("a table of the user's own is never written into", async () => {
  const dir = workdir();
  edit(dir.db, "CREATE TABLE data (a, b); INSERT INTO data VALUES ('mine', 'too')");
  dir.write('data/a.csv', 'a,b\n1,2\n');
  const run = await dir.ingest(['data', '--json']);
  expect(run.code).not.toBe(0);
  expect(run.stdout + run.stderr).toMatch(/not made by ingest/);
  expect(dir.rows('SELECT * FROM data')).toEqual([{ a: 'mine', b: 'too' }]);
});

test.each([
  ['a text', 'this is no database, it only lies where one should'],
  ['half a database', 'SQLite format 3\0 and then nothing of the kind'],
])('%s in place of the database: exit 2, left byte for byte', async (_, content) => {
  const dir = workdir();
  writeFileSync(dir.db, content.padEnd(8192, '.'));
  dir.write('data/a.csv', 'a,b\n1,2\n');
  const before = snapshot(dir);
  const run = await dir.ingest(['data']);
  expect(run.code).toBe(2);
  expect(run.stderr).not.toMatch(/bug/);
  expect(snapshot(dir)).toEqual(before);
});

test('a damaged database: exit 1 with what to do, never a crash of the program', async () => {
  const dir = workdir();
  for (let i = 0; i < 50; i++) dir.write(`data/${i}.csv`, `a,b\n${`${i},x\n`.repeat(200)}`);
  expect((await dir.ingest(['data'])).code).toBe(0);
  const bytes = readFileSync(dir.db);
  bytes.fill(0x5a, 4096 * 6, 4096 * 30);
  writeFileSync(dir.db, bytes);
  dir.write('data/new.csv', 'a,b\n1,2\n');
  const run = await dir.ingest(['data', '--force']);
  expect(run.code, run.stdout).toBe(1);
  expect(run.stderr).toMatch(/damaged|malformed/);
  expect(run.stderr).not.toMatch(/bug/);
});

test('an empty file in place of the database becomes one', async () => {
  const dir = workdir();
  writeFileSync(dir.db, '');
  dir.write('data/a.csv', 'a,b\n1,2\n');
  expect((await dir.ingest(['data'])).code).toBe(0);
  expect(wrongsOf(dir.db)).toEqual([]);
});
