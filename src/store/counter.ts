import type { Connection } from './database.js';

/** A number that outlasts a run, by its name in `_ingest_counters`; 0 until it is raised. */
export class Counter {
  constructor(
    readonly db: Connection,
    readonly name: string,
  ) {}

  get value(): number {
    const value = this.db.prepare('SELECT value FROM _ingest_counters WHERE name = ?').pluck().get(this.name);
    return Number(value ?? 0);
  }

  add(amount: number): void {
    this.db
      .prepare(
        'INSERT INTO _ingest_counters VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value',
      )
      .run(this.name, amount);
  }

  clear(): void {
    this.db.prepare('DELETE FROM _ingest_counters WHERE name = ?').run(this.name);
  }
}
