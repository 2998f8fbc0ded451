import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { run } from '../../src/ingest/run.ts';
import { type Workdir, workdir } from '../program.ts';

type Doc = { [key: string]: unknown };

/** A document without what says nothing, its values as text; null if nothing is left. */
function said(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return value.length === 0 ? null : value.map((one) => said(one) ?? {});
  if (Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const text = said(inner);
    return text === null ? [] : [[key, text]];
  });
  return members.length === 0 ? null : Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isList(value: unknown): value is Doc[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
  );
}

/** The documents of a table, put together again from its rows and those of its child tables. */
function documentsOf(db: Database.Database, table: string): Map<unknown, Doc> {
  const rows = db.prepare(`SELECT * FROM "${table}" ORDER BY _id`).safeIntegers().all() as Doc[];
  const documents = new Map(rows.map((row) => [row._id, fromColumns(row)]));
  const children = db
    .prepare('SELECT table_name FROM _ingest_child_tables WHERE parent_table = ?')
    .pluck()
    .all(table) as string[];
  for (const child of children) {
    const inner = documentsOf(db, child);
    const links = db
      .prepare(`SELECT _id, _parent_id, _index FROM "${child}" ORDER BY _parent_id, _index`)
      .safeIntegers();
    for (const { _id, _parent_id, _index } of links.all() as Doc[]) {
      const path = child.slice(table.length + 1).split('_');
      const list = listAt(documents.get(_parent_id) ?? {}, path);
      expect(BigInt(list.length)).toBe(_index);
      list.push(inner.get(_id) ?? {});
    }
  }
  return documents;
}

const own = new Set(['_id', '_file_id', '_line', '_parent_id', '_index']);

/** Columns `a_b` as nested objects; keys in the documents have no `_`. */
function fromColumns(row: Doc): Doc {
  const document: Doc = {};
  for (const [column, value] of Object.entries(row)) {
    if (own.has(column) || value === null) continue;
    const path = column.split('_');
    inside(document, path.slice(0, -1))[path.at(-1) ?? ''] = String(value);
  }
  return document;
}

function inside(document: Doc, path: readonly string[]): Doc {
  let at = document;
  for (const key of path) {
    at[key] ??= {};
    at = at[key] as Doc;
  }
  return at;
}

function listAt(document: Doc, path: readonly string[]): Doc[] {
  const object = inside(document, path.slice(0, -1));
  const key = path.at(-1) ?? '';
  object[key] ??= [];
  return object[key] as Doc[];
}

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({ digits: String(n) })),
  fc
    .constantFrom('12345678901234567890123', '-0.1000000000000000055511151231257827', '1.50', '3E400', '-0')
    .map((digits) => ({ digits })),
  fc.constantFrom(true, false, null, '', 'x', 1, 0.5),
);

/** A key is always a value, an object, a list or an array of other things: a field that is both stays text. */
const { object } = fc.letrec<{ object: Doc }>((tie) => ({
  object: fc.record(
    {
      v: scalar,
      w: scalar,
      o: fc.option(tie('object') as fc.Arbitrary<Doc>, { nil: null, maxDepth: 3, depthIdentifier: 'deep' }),
      k: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'deep' },
        fc.constant([]),
        fc.array(tie('object') as fc.Arbitrary<Doc>, { maxLength: 3 }),
      ),
      m: fc.oneof(
        { maxDepth: 2, depthIdentifier: 'deep' },
        fc.constant(null),
        fc.array(tie('object') as fc.Arbitrary<Doc>, { maxLength: 2 }),
      ),
      s: fc.array(fc.constantFrom(1, 'a b', true), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Doc>,
}));

/** JSON with numbers of any length. */
function write(value: unknown): string {
  return JSON.stringify(value).replace(/\{"digits":"([^"]+)"\}/g, '$1');
}

/** The same with these numbers as their digits. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/\{"digits":("[^"]+")\}/g, '$1'));
}

async function load(dir: Workdir): Promise<void> {
  const flags = { db: dir.db, workers: 0, dedupe: 'none', config: dir.path('c.json') } as const;
  const { run: settings } = await resolveSettings(flags, [], {}, dir.root, new Date());
  const summary = await run(settings, () => {}, new AbortController().signal);
  expect(summary.exitCode).toBe(0);
}

test('nested documents come back from the tables as they went in', { timeout: 240_000 }, async () => {
  const dir = workdir();
  const source = { name: 'docs', root: 'docs', types: 'text' };
  dir.write('c.json', JSON.stringify({ sources: [source] }));
  const property = fc.asyncProperty(
    fc.array(object, { maxLength: 6 }),
    fc.boolean(),
    async (documents, asLines) => {
      for (const end of ['', '-wal', '-shm']) rmSync(dir.db + end, { force: true });
      dir.write(
        'docs/a.json',
        asLines ? documents.map(write).join('\n') : `[${documents.map(write).join(',\n')}]`,
      );
      await load(dir);
      const db = new Database(dir.db, { readonly: true });
      const found = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'docs'").get()
        ? [...documentsOf(db, 'docs').values()]
        : [];
      db.close();
      expect(found.map((one) => said(one) ?? {})).toEqual(documents.map((one) => said(plain(one)) ?? {}));
    },
  );
  await fc.assert(property, { numRuns: 150, interruptAfterTimeLimit: 60_000 });
});
