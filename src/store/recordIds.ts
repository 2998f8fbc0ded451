import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';

/** Ids that are taken out of the counter at once; those that a run does not use are never used. */
const atOnce = 100_000;

/** Hands out record ids, each once over the life of a database, in ascending ranges. */
export class RecordIds {
  readonly #take: Statement;
  readonly #least: Statement;
  readonly #raise: Statement;
  #next = 0;
  #end = 0;

  constructor(db: Connection) {
    this.#take = db
      .prepare("UPDATE _ingest_counters SET value = value + ? WHERE name = 'next_record_id' RETURNING value")
      .pluck();
    this.#least = db.prepare("SELECT value FROM _ingest_counters WHERE name = 'next_record_id'").pluck();
    this.#raise = db.prepare("UPDATE _ingest_counters SET value = ? WHERE name = 'next_record_id'");
  }

  /** Returns the first of `count` ids that follow one another. */
  take(count: number): number {
    if (this.#next + count > this.#end) {
      const taken = Math.max(count, atOnce);
      this.#end = Number(this.#take.get(taken));
      this.#next = this.#end - taken;
    }
    this.#next += count;
    return this.#next - count;
  }

  /** Hands out none up to `last` from now on; returns the least id that was not handed out before. */
  passOver(last: number): number {
    const least = this.#next < this.#end ? this.#next : Number(this.#least.get());
    if (last >= least && last < this.#end) {
      this.#next = last + 1;
    } else if (last >= least) {
      this.forget();
      this.#raise.run(Math.max(last + 1, Number(this.#least.get())));
    }
    return least;
  }

  /** Drops what was taken, as after a rollback, which gives it back. */
  forget(): void {
    this.#next = 0;
    this.#end = 0;
  }
}
