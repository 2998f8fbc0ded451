import type { Database } from 'better-sqlite3';

/** Rows of the directory that are gone through at a time. */
const rowsAtOnce = 10_000;
/** Pages of it that are given back at a time. */
const pagesAtOnce = 1000;

/** Forgets contents of segments that are gone, and places of such contents; yields after each step. */
export function* forgetStale(db: Database): Generator<void> {
  yield* deleteInSteps(db, 'contents', 'sha256', 'segment_id NOT IN (SELECT segment_id FROM segments)');
  const isUnknown = 'NOT EXISTS (SELECT 1 FROM contents WHERE contents.sha256 = places.sha256)';
  yield* deleteInSteps(db, 'places', 'path', isUnknown);
}

function* deleteInSteps(db: Database, table: string, key: string, condition: string): Generator<void> {
  const ends = db
    .prepare(`SELECT ${key} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1 OFFSET ${rowsAtOnce}`)
    .pluck();
  const rest = `DELETE FROM ${table} WHERE ${key} > ? AND ${condition}`;
  const step = db.prepare(`${rest} AND ${key} <= ?`);
  let from = '';
  for (let to = ends.get(from); typeof to === 'string'; to = ends.get(from)) {
    step.run(from, to);
    from = to;
    yield;
  }
  db.prepare(rest).run(from);
}

/** Gives free pages of the directory back to the disk; yields after each step. */
export function* giveBack(db: Database): Generator<void> {
  const freePages = () => Number(db.pragma('freelist_count', { simple: true }));
  for (let before = Number.POSITIVE_INFINITY, free = freePages(); free > 0 && free < before; ) {
    db.pragma(`incremental_vacuum(${pagesAtOnce})`);
    yield;
    before = free;
    free = freePages();
  }
}
