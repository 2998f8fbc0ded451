import type { Database, Statement } from 'better-sqlite3';
import { contentQuery, type KeptContent, keptContent } from './contents.js';
import { readDirectory } from './directory.js';

/** Looks contents up in the directory of a cache, as a parser thread does. What cannot be read is not there. */
export class CacheReader {
  readonly #content: Statement;

  private constructor(
    readonly folder: string,
    db: Database,
  ) {
    this.#content = db.prepare(contentQuery);
  }

  /** Null when there is no directory, or none that can be used. */
  static open(folder: string): CacheReader | null {
    try {
      return new CacheReader(folder, readDirectory(folder));
    } catch {
      return null;
    }
  }

  /** Where the records of a content are kept, or null. */
  content(key: string): KeptContent | null {
    try {
      return keptContent(this.folder, key, this.#content.get(key));
    } catch {
      return null;
    }
  }
}
