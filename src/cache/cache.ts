import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { systemCode } from '../domain/errors.js';
import type { CacheCounts } from '../domain/event.js';
import type { Fingerprint } from '../domain/file.js';
import type { CacheSettings } from '../domain/settings.js';
import { contentQuery, type KeptContent, keptContent } from './contents.js';
import { directoryPath, isSegment, openDirectory, proofOf, readDirectory } from './directory.js';
import { addFigures, countRun } from './figures.js';

/** What a path held when it was last read. */
export interface KnownPlace {
  readonly sha256: string;
  /** When it was opened, in nanoseconds since 1970. */
  readonly lookedAtNs: bigint;
}

/** A file that was read, as the cache remembers it. */
export interface ReadPlace extends Fingerprint, KnownPlace {
  /** Absolute. */
  readonly path: string;
  /** By which its content is kept. */
  readonly key: string;
}

/** A segment that is to be kept. */
export interface NewSegment {
  readonly path: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** The key of each file whose records it holds, and the file's place. */
  readonly contents: readonly (readonly [key: string, file: number])[];
}

interface SegmentRow {
  readonly segmentId: number;
  readonly name: string;
}

/**
 * The parse cache: segments that are kept in a folder, and a directory of what is in them. One run at a time has it; all
 * methods throw what the system or SQLite throws. Nothing it says is believed before the segment is found whole.
 */
export class ParseCache {
  readonly #db: Database;
  readonly #place: Statement;
  readonly #content: Statement;
  /** Names of segments. */
  readonly #used = new Set<string>();
  #kept = 0;

  private constructor(
    readonly folder: string,
    db: Database,
  ) {
    this.#db = db;
    this.#place = this.#db.prepare(
      'SELECT looked_at_ns AS lookedAtNs, sha256, segment_id AS segmentId, proof FROM places WHERE path = ? AND size = ? AND mtime_ns = ?',
    );
    this.#place.safeIntegers();
    this.#content = this.#db.prepare(contentQuery);
  }

  /** Opens the cache in a folder, and makes it if need be. */
  static open(folder: string): ParseCache {
    return new ParseCache(folder, openDirectory(folder));
  }

  /** Opens the cache in a folder to look into it only; null where there is none. */
  static forReading(folder: string): ParseCache | null {
    return existsSync(directoryPath(folder)) ? new ParseCache(folder, readDirectory(folder)) : null;
  }

  /** The content of a file that still has this fingerprint, or null. */
  place(path: string, { size, mtimeNs }: Fingerprint): KnownPlace | null {
    const row = this.#place.get(path, size, mtimeNs) as
      | { lookedAtNs: bigint; sha256: string; segmentId: bigint; proof: string }
      | undefined;
    if (!row) return null;
    const { lookedAtNs, sha256, segmentId, proof } = row;
    const isWhole = proof === placeProof({ path, size, mtimeNs, lookedAtNs, sha256 }, Number(segmentId));
    return isWhole ? { sha256, lookedAtNs } : null;
  }

  /** Where the records of a content are kept, or null. */
  content(key: string): KeptContent | null {
    return keptContent(this.folder, key, this.#content.get(key));
  }

  /** Notes that a segment was of use. */
  use(segmentPath: string): void {
    this.#used.add(basename(segmentPath));
  }

  /** Takes a segment out of its place into the cache. */
  keep({ path, sha256, contents }: NewSegment): void {
    this.#kept += 1;
    const name = `${Date.now().toString(36)}-${process.pid}-${this.#kept}.segment`;
    const { size } = statSync(path);
    moveFile(path, join(this.folder, name));
    this.#db.transaction(() => {
      const now = Date.now();
      const added = this.#db
        .prepare('INSERT INTO segments (name, bytes, sha256, made_at, used_at) VALUES (?, ?, ?, ?, ?)')
        .run(name, size, sha256, now, now);
      const segmentId = Number(added.lastInsertRowid);
      const insert = this.#db.prepare('INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)');
      for (const [key, file] of contents) insert.run(key, segmentId, file, proofOf(key, segmentId, file));
    })();
  }

  /** Remembers what files held that were read, as far as their contents are kept. */
  note(files: readonly ReadPlace[]): void {
    const insert = this.#db.prepare('INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, ?, ?)');
    const segmentOf = this.#db.prepare('SELECT segment_id FROM contents WHERE key = ?').pluck();
    this.#db.transaction(() => {
      for (const file of files) {
        const { path, size, mtimeNs, lookedAtNs, sha256, key } = file;
        const segmentId = segmentOf.get(key);
        if (typeof segmentId !== 'number') continue;
        insert.run(path, size, mtimeNs, lookedAtNs, sha256, segmentId, placeProof(file, segmentId));
      }
    })();
  }

  /** Forgets a segment that is damaged or gone. */
  drop(segmentPath: string): void {
    const row = this.#db
      .prepare('SELECT segment_id AS segmentId, name FROM segments WHERE name = ?')
      .get(basename(segmentPath));
    if (row) this.#remove(row as SegmentRow);
  }

  /**
   * Applies the bounds, the segments first that were not used for longest, and gives their space back to the disk;
   * yields after each. Sweeps what a killed run left.
   */
  *clean({ maxBytes, ttlMs }: Omit<CacheSettings, 'path'>): Generator<void> {
    const touch = this.#db.prepare('UPDATE segments SET used_at = ? WHERE name = ?');
    this.#db.transaction(() => {
      for (const name of this.#used) touch.run(Date.now(), name);
    })();
    yield* this.#sweep();
    const oldest = this.#db.prepare(
      'SELECT segment_id AS segmentId, name, bytes, used_at AS usedAt FROM segments ORDER BY used_at, segment_id LIMIT 1',
    );
    for (let bytes = this.#bytes(); ; ) {
      const row = oldest.get() as (SegmentRow & { bytes: number; usedAt: number }) | undefined;
      if (!row || (bytes <= maxBytes && row.usedAt >= Date.now() - ttlMs)) break;
      this.#remove(row);
      addFigures(this.#db, { evictions: 1 });
      bytes -= row.bytes;
      yield;
    }
    this.#db.pragma('incremental_vacuum');
  }

  /** Adds what a run had of the cache. */
  count(run: CacheCounts): void {
    countRun(this.#db, run);
  }

  close(): void {
    // Threads may still have the directory open, so that closing it would leave its log behind.
    if (!this.#db.readonly) this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }

  #remove({ segmentId, name }: Pick<SegmentRow, 'segmentId' | 'name'>): void {
    this.#db.transaction(() => {
      for (const table of ['contents', 'places', 'segments']) {
        this.#db.prepare(`DELETE FROM ${table} WHERE segment_id = ?`).run(segmentId);
      }
    })();
    rmSync(join(this.folder, name), { force: true });
  }

  /** Removes segments that the directory does not know. */
  *#sweep(): Generator<void> {
    const names = this.#db.prepare('SELECT name FROM segments').pluck().all();
    const known = new Set(names);
    for (const name of readdirSync(this.folder).filter(isSegment)) {
      if (known.has(name)) continue;
      rmSync(join(this.folder, name), { force: true });
      yield;
    }
  }

  #bytes(): number {
    const kept = Number(this.#db.prepare('SELECT coalesce(sum(bytes), 0) FROM segments').pluck().get());
    return kept + statSync(directoryPath(this.folder)).size;
  }
}

function placeProof(place: Omit<ReadPlace, 'key'>, segmentId: number): string {
  const { path, size, mtimeNs, lookedAtNs, sha256 } = place;
  return proofOf(path, size, mtimeNs, lookedAtNs, sha256, segmentId);
}

/** The cache may lie on another disk than what is temporary. */
function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    copyFileSync(from, to);
    rmSync(from, { force: true });
  }
}
