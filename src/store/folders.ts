import type { Statement } from 'better-sqlite3';
import type { Connection } from './database.js';

/** `_ingest_folders`: the mtimes of folders whose files were all taken, for sources with `immutable`. */
export class Folders {
  readonly #bySource: Statement;
  readonly #forget: Statement;
  readonly #save: Statement;

  constructor(db: Connection) {
    this.#bySource = db
      .prepare('SELECT path, mtime_ns AS mtimeNs FROM _ingest_folders WHERE source = ? AND settings_hash = ?')
      .safeIntegers();
    this.#forget = db.prepare('DELETE FROM _ingest_folders WHERE source = ?');
    this.#save = db.prepare('INSERT INTO _ingest_folders VALUES (?, ?, ?, ?)');
  }

  /** Mtimes in nanoseconds by path, those noted under the same settings. */
  of(source: string, settingsHash: string): Map<string, bigint> {
    const rows = this.#bySource.all(source, settingsHash) as { path: string; mtimeNs: bigint }[];
    return new Map(rows.map(({ path, mtimeNs }) => [path, mtimeNs]));
  }

  /** Has the next run look into all folders of a source, in the caller's transaction. */
  forget(source: string): void {
    this.#forget.run(source);
  }

  /** Notes these folders and forgets all others of the source, in the caller's transaction. */
  replace(source: string, settingsHash: string, folders: ReadonlyMap<string, bigint>): void {
    this.forget(source);
    for (const [path, mtimeNs] of folders) this.#save.run(source, path, mtimeNs, settingsHash);
  }
}
