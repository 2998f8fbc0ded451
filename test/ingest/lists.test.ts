import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { type Workdir, workdir } from '../program.ts';

const visits = (dir: Workdir) =>
  dir.rows(
    'SELECT p.id, v._index AS place, v.day FROM data p JOIN data_visits v ON v._parent_id = p._id ORDER BY 1, 2',
  );

describe('lists of objects', () => {
  test('are child tables that lead from the record to its lists', async () => {
    const dir = workdir();
    dir.write(
      'data/a.json',
      '[{"id":1,"visits":[{"day":1,"tests":[{"v":1.5},{"v":2}]},{"day":2}]},\n{"id":2,"visits":[]}]',
    );
    const { summary } = await dir.ingest(['data', '--json']);
    expect(summary.rows).toMatchObject({ parsed: 2, inserted: 2, children: 4 });
    expect(visits(dir)).toEqual([
      { id: 1, place: 0, day: 1 },
      { id: 1, place: 1, day: 2 },
    ]);
    expect(
      dir.rows(
        `SELECT v.day, t._index AS place, t.v, t._line AS line, path FROM data_visits_tests t
         JOIN data_visits v ON v._id = t._parent_id JOIN _ingest_files ON file_id = t._file_id`,
      ),
    ).toEqual([
      { day: 1, place: 0, v: 1.5, line: 1, path: 'a.json' },
      { day: 1, place: 1, v: 2, line: 1, path: 'a.json' },
    ]);
    expect((await dir.ingest(['data', '--json'])).summary.files.unchanged).toBe(1);
  });

  test.each(['constructor', 'toString', '__proto__', 'a\0b'])('may lie under the key %j', async (key) => {
    const dir = workdir();
    dir.write('data/a.ndjson', `{"id":1,${JSON.stringify(key)}:[{"x":1}]}\n{"id":2}\n`);
    const { code, summary } = await dir.ingest(['data', '--json']);
    expect([code, summary.rows]).toMatchObject([0, { inserted: 2, children: 1 }]);
  });

  test('make equal records with other lists others, and come once with equal ones', async () => {
    const dir = workdir();
    dir.write('data/a.ndjson', '{"id":1,"visits":[{"day":1}]}\n{"id":2,"visits":[{"day":1}]}\n');
    dir.write('data/b.ndjson', '{"visits":[{"day":1}],"id":1}\n{"id":2,"visits":[{"day":2}]}\n');
    const { summary } = await dir.ingest(['data', '--json']);
    expect(summary.rows).toMatchObject({ inserted: 3, deduplicated: 1, children: 3 });
    expect(visits(dir).map(({ id, day }) => [id, day])).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
  });

  test('go with a file that changes, stay with a row that another file holds', async () => {
    const dir = workdir();
    dir.write(
      'data/a.ndjson',
      '{"id":1,"visits":[{"day":1,"t":[{"v":1}]}]}\n{"id":2,"visits":[{"day":3,"t":[{"v":3}]}]}\n',
    );
    dir.write('data/b.ndjson', '{"id":0}\n{"id":1,"visits":[{"day":1,"t":[{"v":1}]}]}\n');
    await dir.ingest(['data']);
    dir.write('data/a.ndjson', '{"id":5,"visits":[{"day":5}]}\n{"id":6}\n');
    expect((await dir.ingest(['data', '--json'])).summary.rows).toMatchObject({ inserted: 2, removed: 1 });
    expect(visits(dir).map(({ id, day }) => [id, day])).toEqual([
      [1, 1],
      [5, 5],
    ]);
    expect(
      dir.rows(
        `SELECT v, t._line AS line, path FROM data_visits_t t JOIN _ingest_files ON file_id = t._file_id`,
      ),
    ).toEqual([{ v: 1, line: 2, path: 'b.ndjson' }]);
  });

  test('keep every digit of their numbers', async () => {
    const dir = workdir();
    const numbers = ['9007199254740993', '-9223372036854775808'];
    dir.write(
      'data/a.json',
      `[{"k":[${numbers.map((n) => `{"i":${n},"t":${n}0,"d":0.${n.slice(1)}1}`).join()}]}]`,
    );
    await dir.ingest(['data']);
    expect(
      dir.rows('SELECT CAST(i AS TEXT) AS i, typeof(i) AS integer, t, d FROM data_k ORDER BY _index'),
    ).toEqual([
      { i: numbers[0], integer: 'integer', t: '90071992547409930', d: '0.0071992547409931' },
      { i: numbers[1], integer: 'integer', t: '-92233720368547758080', d: '0.92233720368547758081' },
    ]);
  });

  test('are named by "children", and one table holds one list only', async () => {
    const dir = workdir();
    const source = {
      name: 'clinic',
      root: 'data',
      table: 'patients',
      children: { visits: 'visits', 'visits.notes': 'remarks' },
    };
    dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
    dir.write(
      'data/a.json',
      '[{"id":1,"visits":[{"notes":[{"text":"x"}],"tests":[{"v":1}]}],"family":[{"tests":[{"v":2}]}]}]',
    );
    expect((await dir.ingest(['--json'])).code).toBe(0);
    const tables = dir.rows(
      'SELECT table_name AS name, parent_table AS parent FROM _ingest_child_tables ORDER BY 1',
    );
    expect(tables).toEqual([
      { name: 'patients_family', parent: 'patients' },
      { name: 'patients_family_tests', parent: 'patients_family' },
      { name: 'remarks', parent: 'visits' },
      { name: 'visits', parent: 'patients' },
      { name: 'visits_tests', parent: 'visits' },
    ]);
    const wrong = [{ visits: 'patients' }, { tests: 'tests' }, { visits: 'patients_family' }];
    for (const children of wrong) {
      dir.write('ingest.config.json', JSON.stringify({ sources: [{ ...source, children }] }));
      const [file] = (await dir.ingest(['--json', '--force'])).files;
      expect(file).toMatchObject({ outcome: 'failed', error: { code: 'unrelated_columns' } });
      expect(file?.error?.hint).toContain('"children"');
    }
    expect(dir.rows('SELECT count(*) AS n FROM visits_tests')).toEqual([{ n: 1 }]);
  });

  test('of a table that somebody drops come back', async () => {
    const dir = workdir();
    dir.write('data/a.json', '[{"id":1,"visits":[{"day":1,"t":[{"v":1}]}]}]');
    for (const dropped of ['data_visits', 'data_visits_t', 'data']) {
      await dir.ingest(['data']);
      const db = new Database(dir.db);
      db.exec(`DROP TABLE ${dropped}`);
      db.close();
      await dir.ingest(['data']);
      expect(visits(dir), dropped).toEqual([{ id: 1, place: 0, day: 1 }]);
      expect(
        dir.rows('SELECT v FROM data_visits_t JOIN data_visits v ON v._id = data_visits_t._parent_id'),
        dropped,
      ).toEqual([{ v: 1 }]);
    }
  });

  test('of which the database refuses a row cost their record', async () => {
    const dir = workdir();
    const db = new Database(dir.db);
    db.exec(
      `CREATE TABLE data_visits (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, _parent_id INTEGER,
         _index INTEGER, day INTEGER CHECK (day < 100))`,
    );
    db.close();
    dir.write(
      'data/a.ndjson',
      '{"id":1,"visits":[{"day":1}]}\n{"id":2,"visits":[{"day":2},{"day":200},{"day":3}]}\n{"id":3,"visits":[{"day":4}]}\n',
    );
    for (const more of [[], ['--force', '--dedupe', 'key', '--key', 'id'], ['--dedupe', 'none']]) {
      const { summary } = await dir.ingest(['data', '--json', ...more]);
      expect(summary.rows).toMatchObject({ parsed: 3, inserted: 2, rejected: 1, children: 2 });
      expect(visits(dir).map(({ id, day }) => [id, day])).toEqual([
        [1, 1],
        [3, 4],
      ]);
      expect(dir.rows('SELECT line, code FROM _ingest_rejects')).toEqual([{ line: 2, code: 'refused' }]);
    }
  });

  test('whose fields are mixed stay text, in a packed file too', async () => {
    const dir = workdir();
    const usual = '{"v":{"x":1},"k":[{"a":1}]}\n'.repeat(30_000);
    dir.write('data/a.ndjson.gz', gzipSync(`${usual}{"v":2,"k":[{"a":{"b":1}},{"a":2}]}\n`));
    const { summary } = await dir.ingest(['data', '--json', '--dedupe', 'none']);
    expect(summary.rows).toMatchObject({ inserted: 30_001, children: 30_002 });
    expect(dir.rows('SELECT v, count(*) AS n FROM data GROUP BY v ORDER BY 2')).toEqual([
      { v: '2', n: 1 },
      { v: '{"x":1}', n: 30_000 },
    ]);
    expect(dir.rows('SELECT a FROM data_k ORDER BY _id DESC LIMIT 2')).toEqual([{ a: 2 }, { a: '{"b":1}' }]);
  });
});
