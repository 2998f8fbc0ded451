import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';

export interface KnownSource {
  readonly source: string;
  readonly root: string;
  readonly configured: boolean;
  /** Whether the root lay on a network file system when it was last believed. */
  readonly onNetwork: boolean;
  /** ISO time at which the last complete run over the source began, or null. */
  readonly lastCompleteAt: string | null;
  /** ISO time at which the last run began that looked into all its folders, or null. */
  readonly lastFullScanAt: string | null;
}

/** `_ingest_sources`: which root a source's name stands for. */
export class Sources {
  readonly #find: Statement;
  readonly #save: Statement;
  readonly #complete: Statement;
  readonly #fullScan: Statement;

  constructor(db: Connection) {
    this.#find = db.prepare(
      `SELECT source, root, configured, on_network AS onNetwork, last_complete_at AS lastCompleteAt,
         last_full_scan_at AS lastFullScanAt
       FROM _ingest_sources WHERE source = ?`,
    );
    this.#save = db.prepare(
      `INSERT INTO _ingest_sources (source, root, configured, on_network) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         root = excluded.root, configured = excluded.configured, on_network = excluded.on_network`,
    );
    this.#complete = db.prepare('UPDATE _ingest_sources SET last_complete_at = ? WHERE source = ?');
    this.#fullScan = db.prepare('UPDATE _ingest_sources SET last_full_scan_at = ? WHERE source = ?');
  }

  find(source: string): KnownSource | undefined {
    const row = this.#find.get(source) as
      | (Omit<KnownSource, 'configured' | 'onNetwork'> & { configured: number; onNetwork: number })
      | undefined;
    return row && { ...row, configured: row.configured === 1, onNetwork: row.onNetwork === 1 };
  }

  save({
    source,
    root,
    configured,
    onNetwork,
  }: Omit<KnownSource, 'lastCompleteAt' | 'lastFullScanAt'>): void {
    this.#save.run(source, root, configured ? 1 : 0, onNetwork ? 1 : 0);
  }

  /** Notes that a run which began at `startedAt` took everything the source had. */
  complete(source: string, startedAt: string): void {
    this.#complete.run(startedAt, source);
  }

  /** Notes that a run which began at `startedAt` looked into all folders of the source. */
  fullScan(source: string, startedAt: string): void {
    this.#fullScan.run(startedAt, source);
  }
}
