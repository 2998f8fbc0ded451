import { systemCode } from '../domain/errors.js';
import { asDatabaseError, type Connection, openForDryRun, openForRun } from './database.js';
import { failpoint } from './failpoint.js';
import { Folders } from './folders.js';
import { Identities } from './identities.js';
import { Ledger } from './ledger.js';
import { moveOwnRows } from './ownRows.js';
import { Preambles } from './preambles.js';
import { RecordIds } from './recordIds.js';
import { Rejects } from './rejects.js';
import { Runs } from './runs.js';
import { Sources } from './sources.js';
import { Tables } from './tables.js';

/** Milliseconds to wait, one time after the other, while another program writes to the database. */
const backOff: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000];

export interface StoreParts {
  readonly path: string;
  /** Nothing that is written lasts. */
  readonly dryRun: boolean;
  /** For what is temporary. */
  readonly folder: string;
  /** Waits so many milliseconds; may throw to end the run. */
  readonly pause: (ms: number) => Promise<void>;
}

/** The database of a run: the only writer, all of it synchronous. */
export class Store {
  readonly ledger: Ledger;
  readonly tables: Tables;
  readonly rejects: Rejects;
  readonly preambles: Preambles;
  readonly runs: Runs;
  readonly sources: Sources;
  readonly folders: Folders;
  readonly identities: Identities;
  readonly #recordIds: RecordIds;
  /** Tables in which rows of the user's own are out of the way: in this transaction nobody else adds any. */
  readonly #cleared = new Set<string>();

  readonly path: string;
  readonly dryRun: boolean;
  readonly #pause: StoreParts['pause'];
  #backOff = backOff;

  private constructor(
    { path, dryRun, pause }: StoreParts,
    readonly db: Connection,
  ) {
    this.path = path;
    this.dryRun = dryRun;
    this.#pause = pause;
    this.ledger = new Ledger(db);
    this.tables = new Tables(db);
    this.rejects = new Rejects(db);
    this.preambles = new Preambles(db);
    this.runs = new Runs(db);
    this.sources = new Sources(db);
    this.folders = new Folders(db);
    this.identities = new Identities(db);
    this.#recordIds = new RecordIds(db);
  }

  /** Opens the database of a run. */
  static open(parts: StoreParts): Store {
    const { path, dryRun, folder } = parts;
    return new Store(parts, dryRun ? openForDryRun(path, folder) : openForRun(path));
  }

  /**
   * Runs `work` in one transaction: all of it stays or nothing. `work` may await, so that signals are heard, but
   * nothing else may use the database meanwhile. While another program writes to it, waits for up to half a minute.
   * What SQLite throws is thrown as IngestError, all else as it is.
   */
  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    const nested = this.db.inTransaction;
    this.#cleared.clear();
    try {
      if (nested) this.db.exec('SAVEPOINT batch');
      else await this.#begin();
      const result = await work();
      failpoint('before-commit');
      this.db.exec(nested ? 'RELEASE batch' : 'COMMIT');
      this.identities.committed();
      failpoint('after-commit');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full).
      if (this.db.inTransaction) this.db.exec(nested ? 'ROLLBACK TO batch; RELEASE batch' : 'ROLLBACK');
      this.tables.forget();
      this.#recordIds.forget();
      this.identities.rolledBack();
      throw systemCode(error).startsWith('SQLITE_') ? asDatabaseError(error, this.path) : error;
    }
  }

  async #begin(): Promise<void> {
    for (const ms of this.#backOff) {
      try {
        this.db.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!systemCode(error).startsWith('SQLITE_BUSY')) throw error;
        await this.#pause(ms);
      }
    }
    // Whoever has kept us waiting once is not waited for again.
    this.#backOff = [];
    this.db.exec('BEGIN IMMEDIATE');
    this.#backOff = backOff;
  }

  /** Gets rows of the user's own in a table out of the way of record ids, for the transaction at hand. */
  makeWay(name: string): void {
    if (this.#cleared.has(name)) return;
    this.#cleared.add(name);
    const table = this.tables.find(name);
    if (table) moveOwnRows(this.db, table, this.#recordIds);
  }

  /** Takes `count` record ids out of the counter for rows of these tables, and returns the first. */
  takeRecordIds(count: number, tables: readonly string[]): number {
    for (const name of tables) this.makeWay(name);
    return this.#recordIds.take(count);
  }

  /** Ends a dry run's transaction without a trace and closes the database. */
  close(): void {
    if (this.dryRun && this.db.inTransaction) this.db.exec('ROLLBACK');
    this.db.close();
  }
}
