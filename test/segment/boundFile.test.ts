import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { BoundFile } from '../../src/segment/boundFile.ts';
import { type NewFile, SegmentFailure } from '../../src/segment/newFile.ts';
import { SqliteFile } from '../../src/segment/sqliteFile.ts';

const folder = mkdtempSync(join(tmpdir(), 'ingest-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The own values of a row, and the bytes of its cells. */
interface Row {
  readonly step: number;
  readonly line: number;
  readonly identity: Buffer | null;
  readonly note: string | null;
  readonly cells: readonly (Uint8Array | null)[];
}

const width = 3;
const cellBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ maxLength: 20 }).map((text) => Buffer.from(text)),
  fc.integer({ min: 0, max: 40_000 }).map((length) => Buffer.alloc(length, 'é\0')),
);
const row: fc.Arbitrary<Row> = fc.record({
  step: fc.integer({ min: 1, max: 2 ** 40 }),
  line: fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  identity: fc.option(fc.uint8Array({ maxLength: 16 }).map((bytes) => Buffer.from(bytes))),
  note: fc.option(fc.string({ unit: 'grapheme', maxLength: 10 })),
  cells: fc.array(fc.option(cellBytes), { minLength: width, maxLength: width }),
});

function blockOf(cells: Row['cells']): CellBlock {
  const block = new CellBlock();
  block.begin(width);
  const first = block.open(1);
  for (const [i, cell] of cells.entries()) {
    if (cell === null) continue;
    const start = block.load(cell);
    block.starts[first + i] = start;
    block.ends[first + i] = start + cell.length;
  }
  return block;
}

/** What SQLite finds in a file in which a table has cells behind its own values and another has not. */
function written(file: NewFile, path: string, rows: readonly Row[]): unknown[] {
  const withCells = file.table('t0', 'n INTEGER PRIMARY KEY, line INTEGER, identity BLOB, c0, c1, c2');
  const without = file.table('t1', 'id INTEGER PRIMARY KEY, line INTEGER, identity BLOB, note TEXT');
  let rowid = -1;
  for (const { step, line, identity, note, cells } of rows) {
    rowid += step;
    withCells.appendCells(rowid, [null, line, identity], blockOf(cells), 0);
    without.append(rowid, [null, line, identity, note]);
  }
  file.close();
  const db = new Database(path, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const typed = ['line', 'identity', 'c0', 'c1', 'c2'].map((c) => `typeof(${c}), hex(CAST(${c} AS BLOB))`);
    return [
      db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').raw().all(),
      db
        .prepare(`SELECT CAST(n AS TEXT), ${typed.join(', ')} FROM t0 ORDER BY n`)
        .raw()
        .all(),
      db
        .prepare('SELECT CAST(id AS TEXT), line, identity, note, typeof(note) FROM t1 ORDER BY id')
        .raw()
        .all(),
    ];
  } finally {
    db.close();
  }
}

test('what SQLite writes and what the program writes in its place are equal, value for value', () => {
  const [byPages, byBinds] = [join(folder, 'pages.db'), join(folder, 'binds.db')];
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      expect(written(new SqliteFile(byPages), byPages, rows)).toEqual(
        written(new BoundFile(byBinds), byBinds, rows),
      );
    }),
    { numRuns: 150 },
  );
});

test('what keeps SQLite from writing is a failure of the segment, with its code', () => {
  const create = () => new BoundFile(join(folder, 'absent', 'file.db'));
  expect(create).toThrow(SegmentFailure);
  const file = new BoundFile(join(folder, 'twice.db'));
  const table = file.table('t0', 'n INTEGER PRIMARY KEY, a');
  table.append(1, [null, 'x']);
  expect(() => table.append(1, [null, 'y'])).toThrow(
    expect.objectContaining({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }),
  );
  file.abandon();
});
