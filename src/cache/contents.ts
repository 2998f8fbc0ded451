import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { listedSize, readDirectory } from './directory.js';
import { isSegment } from './folder.js';

/** What was parsed: a content, and the settings that decide what comes of it. */
export interface ContentKey {
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  /** A hash over the settings and the version of the parser. */
  readonly settings: string;
}

/** Where a content's records are kept: a file of a segment, which must still have that hash. */
export interface KeptContent {
  /** Absolute. */
  readonly segmentPath: string;
  /** Of the segment's bytes, in hex. */
  readonly segmentSha256: string;
  /** The place of the file in the segment. */
  readonly file: number;
}

/** The key as one text, as the segment itself has it. */
export function keyText({ sha256, settings }: ContentKey): string {
  return `${sha256}.${settings}`;
}

/** What a row of `contents` and `segments` says; null for a name that is none of a segment. */
export function keptContent(folder: string, row: ContentRow): KeptContent | null {
  if (!isSegment(row.name)) return null;
  const { name, segmentSha256, file } = row;
  return { segmentPath: join(folder, name), segmentSha256, file: Number(file) };
}

export interface ContentRow {
  readonly name: string;
  readonly segmentSha256: string;
  readonly file: number | bigint;
}

/** Looks contents up in the directory of a cache, as a parser thread does. What cannot be read is not there. */
export class CacheReader {
  readonly #db: Database;
  readonly #content: Statement;
  readonly #size: Statement;

  private constructor(
    readonly folder: string,
    db: Database,
  ) {
    this.#db = db;
    this.#content = db.prepare(
      `SELECT name, segments.sha256 AS segmentSha256, file FROM contents JOIN segments USING (segment_id)
       WHERE contents.sha256 = ? AND settings = ?`,
    );
    this.#size = db.prepare(`SELECT 1 FROM places WHERE size = ? AND size > ${listedSize} LIMIT 1`);
    // One transaction for all looks: each on its own would lock the directory anew.
    db.exec('BEGIN');
  }

  /** Null when there is no directory, or none that can be used. */
  static open(folder: string): CacheReader | null {
    try {
      const db = readDirectory(folder);
      return db && new CacheReader(folder, db);
    } catch {
      return null;
    }
  }

  /** Where the records of a content are kept, or null. */
  content({ sha256, settings }: ContentKey): KeptContent | null {
    try {
      const row = this.#content.get(sha256, settings) as ContentRow | undefined;
      return row ? keptContent(this.folder, row) : null;
    } catch {
      return null;
    }
  }

  /** Whether a file of that size may have been read: of small ones that is not known. */
  knowsSize(size: number): boolean {
    try {
      return size <= listedSize || this.#size.get(size) !== undefined;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#db.close();
  }
}
