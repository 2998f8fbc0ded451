import { hash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { directoryPath } from '../../src/cache/folder.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import { pageBytes } from '../../src/segment/pages.ts';
import { type Workdir, workdir } from '../program.ts';

/** What is done to each segment that the program itself has written. */
const { fault } = vi.hoisted(() => ({ fault: { spoil: (_path: string) => {} } }));

vi.mock('../../src/segment/sqliteFile.ts', async (importActual) => {
  const { SqliteFile } = await importActual<typeof import('../../src/segment/sqliteFile.ts')>();
  class Faulty extends SqliteFile {
    override close(): void {
      super.close();
      fault.spoil(this.path);
    }
  }
  return { SqliteFile: Faulty };
});

/** Exchanges the first and the last page below the root of the rows' tree. */
function exchangeLeaves(path: string): void {
  const db = new Database(path, { readonly: true });
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = '_ingest_rows_0'").pluck().get();
  db.close();
  const bytes = readFileSync(path);
  const page = bytes.subarray((Number(root) - 1) * pageBytes, Number(root) * pageBytes);
  const [first, last] = [page.readUInt16BE(12), 8];
  const number = page.readUInt32BE(first);
  page.writeUInt32BE(page.readUInt32BE(last), first);
  page.writeUInt32BE(number, last);
  writeFileSync(path, bytes);
}

function zero(path: string, page: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0, (page - 1) * pageBytes, page * pageBytes);
  writeFileSync(path, bytes);
}

const faults: [what: string, spoil: (path: string) => void][] = [
  ['pages in a wrong order', exchangeLeaves],
  ['a page of zeros', (path) => zero(path, 3)],
  ['no schema', (path) => zero(path, 1)],
  ['half of its bytes', (path) => truncateSync(path, 4 * pageBytes)],
];

const records = 3000;

function share(): Workdir {
  const dir = workdir();
  for (const name of ['a', 'b']) {
    const lines = Array.from({ length: records }, (_, i) => `${name}${i},${'x'.repeat(i % 50)}\n`);
    dir.write(`share/${name}.csv`, `id,note\n${lines.join('')}`);
  }
  return dir;
}

async function ingest(dir: Workdir, flags: Record<string, unknown> = {}): Promise<Summary> {
  const given = { db: dir.db, workers: 0, ...flags };
  const { run: settings } = await resolveSettings(given, [dir.path('share')], {}, dir.path('.'), new Date());
  return run(settings, () => {}, new AbortController().signal);
}

test.each(faults)('files whose segment has %s are read again, and SQLite writes it', async (_, spoil) => {
  const dir = share();
  fault.spoil = spoil;
  const summary = await ingest(dir);
  expect(summary).toMatchObject({ exitCode: 0, files: { loaded: 2 }, rows: { inserted: 2 * records } });
  expect(summary.warnings).toMatchObject([{ code: 'segment_unsound' }]);
  expect(dir.rows('SELECT count(*) AS n, count(DISTINCT id) AS ids FROM share')).toEqual([
    { n: 2 * records, ids: 2 * records },
  ]);
  fault.spoil = () => {};
  expect(await ingest(dir)).toMatchObject({ exitCode: 0, files: { unchanged: 2 }, warnings: [] });
});

test('a dry run does so, too', async () => {
  const dir = share();
  fault.spoil = exchangeLeaves;
  const summary = await ingest(dir, { dryRun: true });
  expect(summary).toMatchObject({ exitCode: 0, rows: { inserted: 2 * records } });
});

test('a kept segment that is unsound, though it is as it was kept, is dropped', async () => {
  const dir = share();
  fault.spoil = () => {};
  await ingest(dir);
  const cache = `${dir.db}.cache`;
  const directory = new Database(directoryPath(cache));
  for (const { name } of directory.prepare('SELECT name FROM segments').all() as { name: string }[]) {
    exchangeLeaves(join(cache, name));
    const sha256 = hash('sha256', readFileSync(join(cache, name)));
    directory.prepare('UPDATE segments SET sha256 = ? WHERE name = ?').run(sha256, name);
  }
  directory.close();
  const rebuilt = await ingest(dir, { db: dir.path('second.db'), cache });
  expect(rebuilt).toMatchObject({ exitCode: 0, rows: { inserted: 2 * records } });
  expect(rebuilt.warnings).toMatchObject([{ code: 'segment_unsound' }, { code: 'cache_damaged' }]);
  const again = await ingest(dir, { db: dir.path('third.db'), cache });
  expect(again).toMatchObject({ rows: { inserted: 2 * records }, cache: { hits: 2 }, warnings: [] });
});

test('what fails for another reason is not read again', async () => {
  const dir = share();
  fault.spoil = () => {};
  await ingest(dir);
  const db = new Database(dir.db);
  db.exec("CREATE TRIGGER t BEFORE INSERT ON share WHEN NEW.id = 'c1' BEGIN SELECT RAISE(IGNORE); END");
  db.close();
  dir.write('share/c.csv', 'id,note\nc0,x\nc1,x\n');
  await expect(ingest(dir)).rejects.toThrow('2 sent, 1 stored');
});
