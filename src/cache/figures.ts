import type { Database } from 'better-sqlite3';
import type { CacheCounts } from '../domain/event.js';

/** Figures over all runs, and `last…` of the last one. */
export type Figures = Readonly<CacheCounts> & {
  readonly lastHits: number;
  readonly lastMisses: number;
  readonly evictions: number;
};

const none: Figures = {
  hits: 0,
  misses: 0,
  bytesSaved: 0,
  secondsSaved: 0,
  lastHits: 0,
  lastMisses: 0,
  evictions: 0,
};

export function readFigures(db: Database): Figures {
  const rows = db.prepare('SELECT name, value FROM figures').raw().all() as [string, number][];
  return { ...none, ...Object.fromEntries(rows.filter(([name]) => name in none)) };
}

export function addFigures(db: Database, figures: Partial<Figures>): void {
  const add = db.prepare(
    'INSERT INTO figures VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
  );
  for (const [name, value] of Object.entries(figures)) add.run(name, value);
}

/** Adds what a run had, and notes it as the last. */
export function countRun(db: Database, use: CacheCounts): void {
  db.transaction(() => {
    addFigures(db, use);
    db.prepare("DELETE FROM figures WHERE name IN ('lastHits', 'lastMisses')").run();
    addFigures(db, { lastHits: use.hits, lastMisses: use.misses });
  })();
}
