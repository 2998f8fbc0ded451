import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';

export interface KnownSource {
  readonly source: string;
  readonly root: string;
  readonly configured: boolean;
  /** ISO time at which the last complete run over the source began, or null. */
  readonly lastCompleteAt: string | null;
}

/** `_ingest_sources`: which root a source's name stands for. */
export class Sources {
  readonly #find: Statement;
  readonly #save: Statement;
  readonly #complete: Statement;

  constructor(db: Connection) {
    this.#find = db.prepare(
      'SELECT source, root, configured, last_complete_at AS lastCompleteAt FROM _ingest_sources WHERE source = ?',
    );
    this.#save = db.prepare(
      `INSERT INTO _ingest_sources (source, root, configured) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET root = excluded.root, configured = excluded.configured`,
    );
    this.#complete = db.prepare('UPDATE _ingest_sources SET last_complete_at = ? WHERE source = ?');
  }

  find(source: string): KnownSource | undefined {
    const row = this.#find.get(source) as
      | (Omit<KnownSource, 'configured'> & { configured: number })
      | undefined;
    return row && { ...row, configured: row.configured === 1 };
  }

  save(source: string, root: string, configured: boolean): void {
    this.#save.run(source, root, configured ? 1 : 0);
  }

  /** Notes that a run which began at `startedAt` took everything the source had. */
  complete(source: string, startedAt: string): void {
    this.#complete.run(startedAt, source);
  }
}
