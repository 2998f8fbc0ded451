import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { nextRung } from '../../src/store/refusal.ts';
import { type Workdir, workdir } from '../program.ts';

/** Makes the table of a folder before its first file comes, as a user with rules of his own would. */
function withTable(columns: string, more = ''): Workdir {
  const dir = workdir();
  const db = new Database(dir.db);
  db.exec(
    `CREATE TABLE lots (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, ${columns}); ${more}`,
  );
  db.close();
  return dir;
}

function records(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `${from + i},${(from + i) % 50}\n`).join('');
}

const rejects = 'SELECT line, column_name AS "column", code, raw FROM _ingest_rejects ORDER BY line';

describe('a row that the database refuses is a reject, and the rest of its file loads', () => {
  test('by a CHECK', async () => {
    const dir = withTable('id INTEGER, void INTEGER CHECK (void < 100)');
    dir.write('lots/a.csv', `id,void\n${records(0, 1500)}8,777\n${records(2000, 2500)}9,888\n`);
    dir.write('lots/b.csv', `id,void\n${records(3000, 3010)}`);
    const run = await dir.ingest(['lots', '--json']);
    expect(run.code).toBe(3);
    expect(run.summary.rows).toMatchObject({ parsed: 2012, inserted: 2010, deduplicated: 0, rejected: 2 });
    expect(dir.rows(rejects)).toEqual([
      { line: 1502, column: null, code: 'refused', raw: '{"id":"8","void":"777"}' },
      { line: 2003, column: null, code: 'refused', raw: '{"id":"9","void":"888"}' },
    ]);
    expect(dir.rows('SELECT count(*) AS n FROM lots')).toEqual([{ n: 2010 }]);
    expect(dir.rows("SELECT rows, rejected FROM _ingest_files WHERE path = 'a.csv'")).toEqual([
      { rows: 2000, rejected: 2 },
    ]);
  });

  test('by NOT NULL, with the name of the column', async () => {
    const dir = withTable('id INTEGER, void INTEGER NOT NULL');
    dir.write('lots/a.csv', 'id,void\n1,2\n2,\n3,4\n');
    await dir.ingest(['lots']);
    expect(dir.rows(rejects)).toMatchObject([{ line: 3, column: 'void', code: 'refused' }]);
  });

  test('by UNIQUE, but not where the record is there already', async () => {
    const dir = withTable('id INTEGER UNIQUE, void INTEGER');
    dir.write('lots/a.csv', 'id,void\n1,2\n2,3\n');
    await dir.ingest(['lots']);
    dir.write('lots/b.csv', 'id,void\n2,3\n2,4\n3,5\n');
    const run = await dir.ingest(['lots', '--json']);
    expect(run.summary.rows).toMatchObject({ parsed: 3, inserted: 1, deduplicated: 1, rejected: 1 });
    expect(dir.rows(rejects)).toMatchObject([{ line: 3, column: 'id' }]);
  });

  test('for a row in one of its lists, and the record can come again', async () => {
    const dir = workdir();
    const line = (id: number, u: number) => `${JSON.stringify({ id, l: [{ u }] })}\n`;
    dir.write('s/a.ndjson', line(1, 1));
    await dir.ingest(['s']);
    const change = (sql: string) => {
      const db = new Database(dir.db);
      db.exec(sql);
      db.close();
    };
    change('CREATE UNIQUE INDEX once ON s_l (u)');
    dir.write('s/b.ndjson', line(2, 10) + line(3, 1) + line(4, 12));
    await dir.ingest(['s']);
    change('DROP INDEX once');
    dir.write('s/c.ndjson', line(3, 1) + line(4, 12) + line(5, 1));
    const run = await dir.ingest(['s', '--json']);
    expect(run.summary.rows).toMatchObject({ parsed: 3, inserted: 2, deduplicated: 1 });
    expect(dir.rows('SELECT id, u FROM s JOIN s_l ON _parent_id = s._id ORDER BY id')).toEqual(
      [
        [1, 1],
        [2, 10],
        [3, 1],
        [4, 12],
        [5, 1],
      ].map(([id, u]) => ({ id, u })),
    );
  });

  test('by a trigger, in its words', async () => {
    const trigger = `CREATE TRIGGER guard BEFORE INSERT ON lots WHEN NEW.void < 0
      BEGIN SELECT RAISE(ABORT, 'no negative voids'); END`;
    const dir = withTable('id INTEGER, void INTEGER', trigger);
    dir.write('lots/a.csv', 'id,void\n1,2\n2,-3\n3,4\n');
    await dir.ingest(['lots']);
    expect(dir.rows('SELECT message FROM _ingest_rejects')[0]).toMatchObject({
      message: expect.stringContaining('no negative voids'),
    });
  });

  test('with dedupe none and by key, where the row that had to give way comes back', async () => {
    const none = withTable('id INTEGER, void INTEGER CHECK (void < 100)');
    none.write('lots/a.csv', 'id,void\n1,2\n2,300\n3,4\n');
    const { summary } = await none.ingest(['lots', '--json', '--dedupe', 'none']);
    expect(summary.rows).toMatchObject({ parsed: 3, inserted: 2, rejected: 1 });

    const byKey = withTable('id INTEGER, void INTEGER CHECK (void < 100)');
    byKey.write('lots/a.csv', 'id,void\n1,2\n2,3\n');
    const key = ['lots', '--json', '--dedupe', 'key', '--key', 'id'];
    await byKey.ingest(key);
    byKey.write('lots/b.csv', 'id,void\n1,20\n2,300\n3,4\n');
    const { summary: second } = await byKey.ingest(key);
    expect(second.rows).toMatchObject({ parsed: 3, inserted: 2, deduplicated: 0, rejected: 1, removed: 1 });
    expect(byKey.rows('SELECT id, void FROM lots ORDER BY id')).toEqual([
      { id: 1, void: 20 },
      { id: 2, void: 3 },
      { id: 3, void: 4 },
    ]);
  });
});

test.each([
  ['row', 'a.csv', 'id,void\n1,2\n2,-3\n3,4\n', 'lots'],
  ['none', 'a.csv', 'id,void\n1,2\n2,-3\n3,4\n', 'lots'],
  ['key', 'a.csv', 'id,void\n1,2\n2,-3\n3,4\n', 'lots'],
  ['row', 'a.ndjson', '{"id":1,"parts":[{"void":2},{"void":-3}]}\n', 'lots_parts'],
])(
  'with dedupe %s a row of %s that a trigger leaves out without a word ends the run',
  async (how, name, text, table) => {
    const trigger = 'BEFORE INSERT ON %s WHEN NEW.void < 0 BEGIN SELECT RAISE(IGNORE); END';
    const dir = withTable('id INTEGER, void INTEGER');
    dir.write('lots/first.ndjson', '{"id":9,"void":9,"parts":[{"void":9}]}\n');
    const deduped = ['--dedupe', how, ...(how === 'key' ? ['--key', 'id'] : [])];
    await dir.ingest(['lots', ...deduped]);
    const db = new Database(dir.db);
    db.exec(`CREATE TRIGGER guard ${trigger.replace('%s', table)}`);
    db.close();
    dir.write(`lots/${name}`, text);
    const run = await dir.ingest(['lots', ...deduped]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('RAISE(ABORT)');
    expect(dir.rows('SELECT id FROM lots')).toEqual([{ id: 9 }]);
  },
);

test('a refused record of JSON is kept with its lists, and is not replayed without them', async () => {
  const dir = withTable('id INTEGER CHECK (id < 10)');
  dir.write('lots/a.ndjson', '{"id":1,"parts":[{"p":"x"}]}\n{"id":20,"parts":[{"p":"y"},{"p":"z"}]}\n');
  await dir.ingest(['lots']);
  const raw = '{"id":"20","parts":[{"p":"y"},{"p":"z"}]}';
  expect(dir.rows('SELECT raw FROM _ingest_rejects')).toEqual([{ raw }]);
  expect((await dir.ingest(['rejects', '--replay'])).code).toBe(3);
  expect(dir.rows('SELECT p FROM lots_parts')).toEqual([{ p: 'x' }]);
});

test('a file with more refused rows than it may have fails whole, and says why', async () => {
  const dir = withTable('id INTEGER, void INTEGER CHECK (void > 100)');
  dir.write('lots/a.csv', `id,void\n${records(0, 100)}`);
  const { files, summary } = await dir.ingest(['lots', '--json']);
  expect(files[0]?.error).toMatchObject({
    code: 'too_many_rejects',
    message: expect.stringContaining('CHECK constraint failed: void > 100'),
  });
  expect(summary.rows.parsed).toBe(0);
  expect(dir.rows('SELECT * FROM lots')).toEqual([]);
});

test('the rungs: halves down to 100, then 50, 10 and one', () => {
  const rungs = [25_000];
  while (rungs[0] !== 1) rungs.unshift(nextRung(rungs[0] ?? 1));
  expect(rungs.reverse()).toEqual([25_000, 12_500, 6250, 3125, 1563, 782, 391, 196, 100, 50, 10, 1]);
});
