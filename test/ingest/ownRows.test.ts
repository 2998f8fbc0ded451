import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { wrongsOf } from '../faults/soundness.ts';
import { type Workdir, workdir } from '../program.ts';

function edit(dir: Workdir, sql: string): void {
  const db = new Database(dir.db);
  db.exec(sql);
  db.close();
}

/** Rows of files that are gone are removed. */
function configure(dir: Workdir, more = {}): void {
  const source = { name: 'lots', root: 'lots', onDelete: 'remove', ...more };
  dir.write('ingest.config.json', JSON.stringify({ db: 'ingest.db', sources: [source] }));
}

const csv = (...rows: string[]) => `id,x\n${rows.map((row) => `${row}\n`).join('')}`;
const mine = "SELECT id, x FROM lots WHERE x = 'mine' ORDER BY id";
const theirs = "SELECT id, x FROM lots WHERE x <> 'mine' ORDER BY id";
const deduped = [['row'], ['none'], ['key', '--key', 'id']].map((how) => ['--dedupe', ...how]);

test.each(deduped)(
  'rows of a table made beforehand stay, and records come beside them: %s %s',
  async (...how) => {
    const dir = workdir();
    edit(
      dir,
      `CREATE TABLE lots (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, id INTEGER, x TEXT);
     INSERT INTO lots (id, x) VALUES (100, 'mine'), (200, 'mine')`,
    );
    dir.write('lots/a.csv', csv('1,a', '2,b', '3,c'));
    expect((await dir.ingest(['lots', ...how, '--json'])).summary.rows).toMatchObject({
      inserted: 3,
      rejected: 0,
    });
    dir.write('lots/a.csv', csv('1,a', '4,d'));
    await dir.ingest(['lots', ...how, '--accept-shrink']);
    expect(dir.rows(mine)).toEqual([100, 200].map((id) => ({ id, x: 'mine' })));
    expect(dir.rows(theirs)).toEqual([
      { id: 1, x: 'a' },
      { id: 4, x: 'd' },
    ]);
  },
);

test('a row that was added gets out of the way of records that come later, whatever its id', async () => {
  const dir = workdir();
  dir.write('lots/a.csv', csv('1,a', '2,b'));
  await dir.ingest(['lots']);
  // The next run goes on behind the ids that the last one has taken out at once.
  edit(dir, "INSERT INTO lots (_id, id, x) VALUES (100002, 50, 'mine')");
  dir.write('lots/b.csv', csv('5,e', '6,f', '7,g'));
  expect((await dir.ingest(['lots', '--json'])).summary.rows).toMatchObject({ inserted: 3, rejected: 0 });
  dir.write('lots/b.csv', csv('5,e', '8,h'));
  await dir.ingest(['lots']);
  expect(dir.rows(mine)).toEqual([{ id: 50, x: 'mine' }]);
  expect(dir.rows(theirs).map((row) => row.id)).toEqual([1, 2, 5, 8]);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('a row that was added behind records which share the rows of another file makes way for them', async () => {
  const dir = workdir();
  configure(dir);
  dir.write('lots/a.csv', csv('1,a', '2,b'));
  dir.write('lots/b.csv', 'x,id\na,1\nb,2\nonly\n');
  await dir.ingest([]);
  edit(dir, "INSERT INTO lots (id, x) VALUES (51, 'mine'), (52, 'mine'), (53, 'mine')");
  configure(dir, { ragged: 'pad' });
  expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
  rmSync(dir.path('lots/a.csv'));
  for (let run = 0; run < 4; run += 1) expect((await dir.ingest([])).code).toBe(0);
  expect(dir.rows(mine)).toEqual([51, 52, 53].map((id) => ({ id, x: 'mine' })));
  expect(dir.rows(theirs).map((row) => row.id)).toEqual([null, 1, 2]);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('one that has the id of a record without a row stays when its file is replaced, and when it goes', async () => {
  const dir = workdir();
  configure(dir);
  dir.write('lots/a.csv', csv('1,a', '2,b'));
  dir.write('lots/keep.csv', csv('9,z'));
  await dir.ingest([]);
  // The records of a copy with another header order share their rows, and the last of the rejected have none.
  dir.write('lots/b.csv', 'x,id\na,1\nb,2\nonly\n');
  await dir.ingest([]);
  edit(
    dir,
    `INSERT INTO lots (_id, id, x)
     SELECT first_record + n, 51 + n, 'mine' FROM _ingest_files, (SELECT 0 AS n UNION SELECT 1) WHERE path = 'b.csv'`,
  );
  dir.write('lots/b.csv', 'x,id\na,1\nc,3\n');
  await dir.ingest([]);
  expect(dir.rows(mine)).toEqual([51, 52].map((id) => ({ id, x: 'mine' })));
  rmSync(dir.path('lots/b.csv'));
  for (let run = 0; run < 4; run += 1) await dir.ingest([]);
  expect(dir.rows(mine)).toEqual([51, 52].map((id) => ({ id, x: 'mine' })));
  expect(dir.rows(theirs).map((row) => row.id)).toEqual([1, 2, 9]);
});
