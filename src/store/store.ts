import { asDatabaseError, type Connection, openForDryRun, openForRun } from './database.js';
import { failpoint } from './failpoint.js';
import { Folders } from './folders.js';
import { Identities } from './identities.js';
import { Ledger } from './ledger.js';
import { Preambles } from './preambles.js';
import { RecordIds } from './recordIds.js';
import { Rejects } from './rejects.js';
import { Runs } from './runs.js';
import { Sources } from './sources.js';
import { Tables } from './tables.js';

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

  private constructor(
    readonly path: string,
    readonly db: Connection,
    readonly dryRun: boolean,
  ) {
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

  /** Opens the database of a run; with `dryRun` nothing that is written to it lasts. `folder` is for what is temporary. */
  static open(path: string, dryRun: boolean, folder: string): Store {
    return new Store(path, dryRun ? openForDryRun(path, folder) : openForRun(path), dryRun);
  }

  /**
   * Runs `work` in one transaction: all of it stays or nothing. `work` may await, so that signals are heard, but
   * nothing else may use the database meanwhile. What SQLite throws is thrown as IngestError.
   */
  async transaction<T>(work: () => Promise<T> | T): Promise<T> {
    const nested = this.db.inTransaction;
    try {
      this.db.exec(nested ? 'SAVEPOINT batch' : 'BEGIN IMMEDIATE');
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
      throw asDatabaseError(error, this.path);
    }
  }

  /** Takes `count` record ids out of the counter and returns the first. */
  takeRecordIds(count: number): number {
    return this.#recordIds.take(count);
  }

  /** Ends a dry run's transaction without a trace and closes the database. */
  close(): void {
    if (this.dryRun && this.db.inTransaction) this.db.exec('ROLLBACK');
    this.db.close();
  }
}
