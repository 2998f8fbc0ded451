import { renameSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveParsing, resolveSettings } from '../../src/config/settings.ts';
import { replay } from '../../src/ingest/replay.ts';
import { run } from '../../src/ingest/run.ts';
import { contentOf, wrongsOf } from '../faults/soundness.ts';
import { type Run, type Workdir, workdir } from '../program.ts';

interface Replayed {
  readonly exitCode: number;
  readonly rows: Record<string, number>;
}

function configure(dir: Workdir, source: object): void {
  const config = { db: 'ingest.db', sources: [{ name: 'lots', root: 'lots', ...source }] };
  dir.write('ingest.config.json', JSON.stringify(config));
}

function outcome({ lines }: Run): Replayed {
  return lines.at(-1) as unknown as Replayed;
}

function edit(dir: Workdir, sql: string): void {
  const db = new Database(dir.db);
  db.exec(sql);
  db.close();
}

const rows = 'SELECT _line AS line, id, void FROM lots ORDER BY _line';
const counts = 'SELECT records, rows, deduplicated, rejected FROM _ingest_files';

describe('a reject that loads today', () => {
  test('becomes a row of its file, in its line, and is no reject any more', async () => {
    const dir = workdir();
    configure(dir, {});
    dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
    expect((await dir.ingest([])).code).toBe(3);
    configure(dir, { ragged: 'pad' });
    const run = await dir.ingest(['rejects', '--replay', '--json']);
    expect(outcome(run)).toMatchObject({
      exitCode: 0,
      rows: { parsed: 1, inserted: 1, deduplicated: 0, rejected: 0, removed: 0 },
    });
    expect(dir.rows(rows)).toEqual([
      { line: 2, id: 1, void: 2 },
      { line: 3, id: 2, void: null },
      { line: 4, id: 3, void: 4 },
    ]);
    expect(dir.rows(counts)).toEqual([{ records: 3, rows: 3, deduplicated: 0, rejected: 0 }]);
    expect(dir.rows('SELECT * FROM _ingest_rejects')).toEqual([]);
    expect(wrongsOf(dir.db)).toEqual([]);
  });

  test('is a reject again where the settings of its file come back', async () => {
    const dir = workdir();
    const strict = { validate: { void: { max: 3 } }, immutable: true };
    configure(dir, strict);
    dir.write('lots/a.csv', 'id,void\n1,2\n3,4\n');
    await dir.ingest([]);
    configure(dir, {});
    await dir.ingest(['rejects', '--replay']);
    configure(dir, strict);
    expect((await dir.ingest([])).code).toBe(3);
    expect(dir.rows('SELECT id FROM lots')).toEqual([{ id: 1 }]);
    expect((await dir.ingest([])).code).toBe(0);
    expect(wrongsOf(dir.db)).toEqual([]);
  });

  test('needs no share', async () => {
    const dir = workdir();
    configure(dir, { validate: { void: { max: 3 } } });
    dir.write('lots/a.csv', 'id,void\n1,2\n3,4\n');
    await dir.ingest([]);
    configure(dir, {});
    rmSync(dir.path('lots'), { recursive: true });
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    expect(dir.rows(rows)).toHaveLength(2);
  });

  test('was refused by the database, which has changed its mind', async () => {
    const dir = workdir();
    edit(
      dir,
      `CREATE TABLE lots (_id INTEGER PRIMARY KEY, _file_id INTEGER, _line INTEGER, id INTEGER, void INTEGER);
       CREATE TRIGGER guard BEFORE INSERT ON lots WHEN NEW.void > 9 BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    dir.write('lots/a.csv', 'id,void\n1,2\n2,20\n3,4\n4,\n');
    await dir.ingest(['lots']);
    const still = await dir.ingest(['rejects', '--replay', '--json']);
    expect(outcome(still)).toMatchObject({ exitCode: 3, rows: { parsed: 1, rejected: 1 } });
    edit(dir, 'DROP TRIGGER guard');
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    expect(dir.rows(rows).map(({ void: value }) => value)).toEqual([2, 20, 4, null]);
    expect(wrongsOf(dir.db)).toEqual([]);
  });

  test('is refused by the database now, and keeps its cells for the next try', async () => {
    const dir = workdir();
    const guard =
      "CREATE TRIGGER guard BEFORE INSERT ON lots WHEN NEW.void IS NULL BEGIN SELECT RAISE(ABORT, 'no'); END";
    configure(dir, {});
    dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
    await dir.ingest([]);
    edit(dir, guard);
    configure(dir, { ragged: 'pad' });
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(3);
    expect(dir.rows('SELECT code, raw FROM _ingest_rejects')).toEqual([
      { code: 'refused', raw: '{"id":"2","void":null}' },
    ]);
    expect(dir.rows(counts)).toEqual([{ records: 3, rows: 2, deduplicated: 0, rejected: 1 }]);
    edit(dir, 'DROP TRIGGER guard');
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    expect(dir.rows(rows)).toHaveLength(3);
  });

  test('widens a column as any other record would', async () => {
    const dir = workdir();
    configure(dir, { validate: { id: { pattern: '^[1-9]' } } });
    dir.write('lots/a.csv', 'id,void\n1,2\n007,4\n');
    await dir.ingest([]);
    configure(dir, {});
    const run = await dir.ingest(['rejects', '--replay', '--json']);
    expect(run.stdout).toContain('widened_column');
    expect(dir.rows('SELECT id FROM lots ORDER BY _line')).toEqual([{ id: '1' }, { id: '007' }]);
  });

  test('has the values of its file: from its path and from above its records', async () => {
    const dir = workdir();
    const columns = { pathColumns: '{machine}/*.csv', csv: { preamble: 'columns' } };
    configure(dir, columns);
    dir.write('lots/m1/a.csv', `operator,Ann\nshift,late\n\nid,void,pct\n2,2\n${'3,4,5\n'.repeat(9)}`);
    await dir.ingest([]);
    configure(dir, { ...columns, ragged: 'pad' });
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    expect(dir.rows('SELECT machine, operator, shift, id, pct FROM lots WHERE _line = 5')).toEqual([
      { machine: 'm1', operator: 'Ann', shift: 'late', id: 2, pct: null },
    ]);
  });
});

test('a reject that still does not load says what is wrong with it today', async () => {
  const dir = workdir();
  configure(dir, { csv: { delimiter: ',' } });
  dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
  await dir.ingest([]);
  configure(dir, { csv: { delimiter: ',' }, ragged: 'pad', validate: { void: { required: true } } });
  const run = await dir.ingest(['rejects', '--replay', '--json']);
  expect(run.lines[0]).toMatchObject({ type: 'reject', line: 3, code: 'invalid_value', column: 'void' });
  expect(dir.rows('SELECT code, column_name AS "column" FROM _ingest_rejects')).toEqual([
    { code: 'invalid_value', column: 'void' },
  ]);
});

test('bytes that do not decode, and text that was cut, are not taken for the record', async () => {
  const dir = workdir();
  configure(dir, { maxRecordBytes: 40 });
  const bad = Buffer.concat([Buffer.from('id,void\n1,ä\n2,'), Buffer.of(0xff), Buffer.from('\n')]);
  dir.write('lots/a.csv', Buffer.concat([bad, Buffer.from(`3,${'x'.repeat(60)}\n4,5\n`)]));
  await dir.ingest([]);
  configure(dir, { ragged: 'pad' });
  const run = await dir.ingest(['rejects', '--replay', '--json']);
  expect(outcome(run).rows).toMatchObject({ parsed: 2, rejected: 2 });
});

describe('what was replayed belongs to its file', () => {
  async function replayed(source: object = {}): Promise<Workdir> {
    const dir = workdir();
    configure(dir, source);
    dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
    dir.write('lots/b.csv', 'id,void\n9,9\n8,8\n7,7\n6,6\n');
    await dir.ingest([]);
    configure(dir, { ...source, ragged: 'pad' });
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    return dir;
  }

  test('and goes when the file changes', async () => {
    const dir = await replayed();
    dir.write('lots/a.csv', 'id,void\n5,5\n6,6\n');
    await dir.ingest(['--json']);
    expect(dir.rows('SELECT id FROM lots ORDER BY id').map(({ id }) => id)).toEqual([5, 6, 7, 8, 9]);
    expect(wrongsOf(dir.db)).toEqual([]);
  });

  test('and goes when the file is gone', async () => {
    const dir = await replayed({ onDelete: 'remove' });
    rmSync(dir.path('lots/a.csv'));
    await dir.ingest([]);
    await dir.ingest([]);
    expect(dir.rows('SELECT count(*) AS n FROM lots')).toEqual([{ n: 4 }]);
    expect(wrongsOf(dir.db)).toEqual([]);
  });

  test('and is what the file comes to when it is loaded again', async () => {
    const dir = await replayed();
    const before = contentOf(dir.db);
    const { summary } = await dir.ingest(['--json']);
    expect(summary.files.loaded).toBe(2);
    expect(contentOf(dir.db)).toEqual(before);
    expect((await dir.ingest(['rejects', '--replay', '--json'])).code).toBe(0);
  });

  test('and is handed on with its rows to a copy', async () => {
    const dir = workdir();
    configure(dir, {});
    dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
    dir.write('lots/b.csv', 'id,void\n1,2\n2\n3,4\n');
    await dir.ingest([]);
    renameSync(dir.path('lots/a.csv'), dir.path('lots/.a'));
    dir.write('lots/a.csv', 'id,void\n5,5\n6,6\n');
    await dir.ingest([]);
    configure(dir, { ragged: 'pad' });
    const run = await dir.ingest(['rejects', '--replay', '--json']);
    expect(outcome(run).rows).toMatchObject({ parsed: 1, inserted: 1 });
    expect(dir.rows("SELECT rows, rejected FROM _ingest_files WHERE path = 'b.csv'")).toEqual([
      { rows: 3, rejected: 0 },
    ]);
    expect(wrongsOf(dir.db)).toEqual([]);
  });
});

test.each(['after-place', 'before-commit', 'after-commit'])(
  'killed %s, the next replay completes it',
  async (point) => {
    const dir = workdir();
    configure(dir, {});
    dir.write('lots/a.csv', 'id,void\n1,2\n2\n3,4\n');
    dir.write('lots/b.csv', 'id,void\n1,7\n2\n3\n');
    await dir.ingest([]);
    configure(dir, { ragged: 'pad' });
    const killed = await dir.ingest(['rejects', '--replay'], { INGEST_FAILPOINT: point });
    expect(killed.signal).toBe('SIGKILL');
    expect(wrongsOf(dir.db)).toEqual([]);
    expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
    expect(wrongsOf(dir.db)).toEqual([]);
    expect(dir.rows('SELECT sum(rejected) AS rejected, sum(records) AS records FROM _ingest_files')).toEqual([
      { rejected: 0, records: 6 },
    ]);
  },
);

/** Runs in this process, which is faster than the program. */
async function load(dir: Workdir, db: string): Promise<void> {
  const flags = { config: dir.path('ingest.config.json'), db, workers: '0', maxRejects: '1000' };
  const { run: settings } = await resolveSettings(flags, [], {}, dir.root, new Date());
  await run(settings, () => {}, new AbortController().signal);
}

async function replayAll(dir: Workdir): Promise<void> {
  const settings = await resolveParsing({ config: dir.path('ingest.config.json') }, {}, dir.root);
  const choice = { paths: [], code: null };
  const { rejects } = await replay({ ...settings, choice }, new AbortController().signal);
  expect(rejects).toEqual([]);
}

test('files whose rejects were replayed hold what a load under the settings of today would', async () => {
  const size = fc.option(fc.integer({ min: 1, max: 2 }), { nil: null });
  const table = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), size), { minLength: 1, maxLength: 8 });
  const deduping = fc.constantFrom({ dedupe: 'row' }, { dedupe: 'none' }, { dedupe: 'key', key: ['id'] });
  const write = (dir: Workdir, name: string, records: readonly (readonly [number, number | null])[]) => {
    // Records with all their fields, so that delimiter and width show.
    const whole = Array.from({ length: 20 }, (_, k) => [100 + k, name.length, 'x']);
    const others = records.map(([id, value]) =>
      value === null ? [id, 1] : [id, value, value === 1 ? '' : 'x'],
    );
    const lines = [['id', 'void', 'note'], ...whole, ...others].map((line) => `${line.join()}\n`);
    dir.write(`lots/${name}.csv`, lines.join(''));
  };
  const holds = async (
    files: readonly (readonly (readonly [number, number | null])[])[],
    later: readonly (readonly [number, number | null])[],
    dedupe: object,
  ) => {
    const dir = workdir();
    try {
      configure(dir, dedupe);
      for (const [i, records] of files.entries()) write(dir, 'abc'.slice(0, i + 1), records);
      await load(dir, dir.db);
      configure(dir, { ...dedupe, ragged: 'pad' });
      await replayAll(dir);
      expect(wrongsOf(dir.db)).toEqual([]);
      configure(dir, dedupe);
      write(dir, 'later', later);
      await load(dir, dir.db);
      configure(dir, { ...dedupe, ragged: 'pad' });
      await replayAll(dir);
      expect(wrongsOf(dir.db)).toEqual([]);
      await load(dir, dir.path('fresh.db'));
      expect(contentOf(dir.db)).toEqual(contentOf(dir.path('fresh.db')));
    } finally {
      dir.remove();
    }
  };
  const tables = fc.array(table, { minLength: 1, maxLength: 3 });
  await fc.assert(fc.asyncProperty(tables, table, deduping, holds), {
    numRuns: Number(process.env.INGEST_TEST_REPLAYS ?? 15),
  });
}, 600_000);

test('rejects of a file without rows stay rejects where its table has come to be something else', async () => {
  const dir = workdir();
  configure(dir, {});
  dir.write('lots/a.csv', 'id,void\n1\n');
  dir.write('lots/b.csv', 'part,price\nx,2\n');
  await dir.ingest([]);
  configure(dir, { ragged: 'pad' });
  const run = await dir.ingest(['rejects', '--replay', '--json']);
  expect(outcome(run)).toMatchObject({ exitCode: 3, rows: { parsed: 1, inserted: 0, rejected: 1 } });
  expect(dir.rows('SELECT part, price FROM lots')).toEqual([{ part: 'x', price: 2 }]);
  expect(dir.rows('SELECT code FROM _ingest_rejects')).toEqual([{ code: 'unrelated_columns' }]);
  expect(wrongsOf(dir.db)).toEqual([]);
});

test('rejects of a file without rows make its table', async () => {
  const dir = workdir();
  configure(dir, {});
  dir.write('lots/a.csv', 'id,void\n1\n');
  await dir.ingest([]);
  configure(dir, { ragged: 'pad' });
  expect((await dir.ingest(['rejects', '--replay'])).code).toBe(0);
  expect(dir.rows(rows)).toEqual([{ line: 2, id: 1, void: null }]);
  expect(wrongsOf(dir.db)).toEqual([]);
});
