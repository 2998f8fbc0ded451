import { copyFileSync, readdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { systemCode } from '../domain/errors.js';
import type { CacheCounts } from '../domain/event.js';
import type { Fingerprint } from '../domain/file.js';
import type { CacheSettings } from '../domain/settings.js';
import { type ContentKey, type ContentRow, type KeptContent, keptContent } from './contents.js';
import { closeDirectory, openDirectory, proofOf, readDirectory } from './directory.js';
import { addFigures, countRun } from './figures.js';
import { directoryPath, isSegment, newSegmentName } from './folder.js';
import { forgetStale, giveBack } from './tidy.js';

/** What a path held when it was last read, and where the records of it are kept. */
export interface KnownPlace {
  readonly sha256: string;
  /** When it was opened, in nanoseconds since 1970. */
  readonly lookedAtNs: bigint;
  readonly content: KeptContent;
}

/** A file that was read, as the cache remembers it. */
export interface ReadPlace extends Fingerprint, ContentKey {
  /** Absolute. */
  readonly path: string;
  /** When it was opened, in nanoseconds since 1970. */
  readonly lookedAtNs: bigint;
}

/** A segment that is to be kept. */
export interface NewSegment {
  readonly path: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** Whose records it holds, and the file's place. */
  readonly contents: readonly (ContentKey & { readonly file: number })[];
}

interface SegmentRow {
  readonly segmentId: number;
  readonly name: string;
  readonly bytes: number;
  readonly usedAt: number;
}

interface PlaceRow extends ContentRow {
  readonly lookedAtNs: bigint;
  readonly sha256: string;
  readonly proof: string;
}

/** A disk must have this much left, or this share of all it has, whichever is less, for a segment to be kept. */
const leastFree = { bytes: 1024 ** 3, share: 0.1 };

/**
 * The parse cache: segments that are kept in a folder, and a directory of what is in them. One run at a time has it; all
 * methods throw what the system or SQLite throws. Nothing it says is believed before the segment is found whole.
 */
export class ParseCache {
  readonly #db: Database;
  readonly #place: Statement;
  readonly #oldest: Statement;
  readonly #openedAt = Date.now();
  #bytes: number;
  /** Whether a content was kept, maybe one that another segment had, or one was given up. */
  #isChanged = false;

  private constructor(
    readonly folder: string,
    db: Database,
  ) {
    this.#db = db;
    this.#place = db.prepare(
      `SELECT looked_at_ns AS lookedAtNs, places.sha256, proof, name, segments.sha256 AS segmentSha256, file
       FROM places JOIN contents ON contents.sha256 = places.sha256 AND settings = ?
       JOIN segments USING (segment_id) WHERE path = ? AND size = ? AND mtime_ns = ?`,
    );
    this.#place.safeIntegers();
    this.#oldest = db.prepare(
      `SELECT segment_id AS segmentId, name, bytes, used_at AS usedAt FROM segments
       ORDER BY used_at, segment_id LIMIT 1`,
    );
    this.#bytes = Number(db.prepare('SELECT coalesce(sum(bytes), 0) FROM segments').pluck().get());
  }

  /** Opens the cache in a folder, and makes it if need be. */
  static open(folder: string): ParseCache {
    const db = openDirectory(folder);
    try {
      return new ParseCache(folder, db);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Opens the cache in a folder to look into it only; null where there is none. */
  static forReading(folder: string): ParseCache | null {
    const db = readDirectory(folder);
    return db && new ParseCache(folder, db);
  }

  /** The content of a file that still has this fingerprint, kept under these settings; or null. */
  place(path: string, { size, mtimeNs }: Fingerprint, settings: string): KnownPlace | null {
    const row = this.#place.get(settings, path, size, mtimeNs) as PlaceRow | undefined;
    if (!row) return null;
    const { sha256, lookedAtNs } = row;
    if (row.proof !== proofOf(path, size, mtimeNs, lookedAtNs, sha256)) return null;
    const content = keptContent(this.folder, row);
    return content && { sha256, lookedAtNs, content };
  }

  /**
   * Takes a segment out of its place into the cache, if there is or can be made room for it. Throws, too, when its disk
   * is nearly full.
   */
  keep(segment: NewSegment, maxBytes: number): void {
    const { size } = statSync(segment.path);
    if (!this.#makeRoom(size, maxBytes)) return;
    const name = newSegmentName();
    moveFile(segment.path, join(this.folder, name));
    this.#db.transaction(() => this.#enter(segment, name, size))();
    this.#bytes += size;
    this.#isChanged = true;
  }

  #enter({ sha256, contents }: NewSegment, name: string, size: number): void {
    const now = Date.now();
    const { lastInsertRowid } = this.#db
      .prepare('INSERT INTO segments (name, bytes, sha256, made_at, used_at) VALUES (?, ?, ?, ?, ?)')
      .run(name, size, sha256, now, now);
    const insert = this.#db.prepare('INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?)');
    for (const { sha256, settings, file } of contents) insert.run(sha256, settings, lastInsertRowid, file);
  }

  /** Notes that segments were of use. */
  use(segmentPaths: readonly string[]): void {
    const touch = this.#db.prepare('UPDATE segments SET used_at = ? WHERE name = ?');
    for (const path of segmentPaths) touch.run(Date.now(), basename(path));
  }

  /** Remembers what files held that were read, as far as their contents are kept. */
  note(files: readonly ReadPlace[]): void {
    const insert = this.#db.prepare(
      `INSERT OR REPLACE INTO places SELECT ?, ?, ?, ?, ?, ?
       WHERE EXISTS (SELECT 1 FROM contents WHERE sha256 = ? AND settings = ?)`,
    );
    const forget = this.#db.prepare('DELETE FROM places WHERE path = ?');
    this.#db.transaction(() => {
      for (const { path, size, mtimeNs, lookedAtNs, sha256, settings } of files) {
        const proof = proofOf(path, size, mtimeNs, lookedAtNs, sha256);
        const values = [path, size, mtimeNs, lookedAtNs, sha256, proof, sha256, settings];
        if (insert.run(values).changes === 0) forget.run(path);
      }
    })();
  }

  /** Forgets what files held of which nothing is known any more. */
  forget(paths: readonly string[]): void {
    const forget = this.#db.prepare('DELETE FROM places WHERE path = ?');
    this.#db.transaction(() => {
      for (const path of paths) forget.run(path);
    })();
  }

  /** Forgets a segment that is damaged or gone; returns whether it was known, as one that was evicted is not. */
  drop(segmentPath: string): boolean {
    const row = this.#db
      .prepare('SELECT segment_id AS segmentId, name, bytes FROM segments WHERE name = ?')
      .get(basename(segmentPath));
    if (row) this.#remove(row as SegmentRow);
    return row !== undefined;
  }

  /**
   * Applies the bounds, the segments first that were not used for longest, and gives their space back to the disk;
   * yields after each step. Sweeps what a killed run left.
   */
  *clean({ maxBytes, ttlMs }: Omit<CacheSettings, 'path'>): Generator<void> {
    yield* this.#sweep();
    const directoryBytes = statSync(directoryPath(this.folder)).size;
    for (;;) {
      const row = this.#oldest.get() as SegmentRow | undefined;
      const isFull = this.#bytes + directoryBytes > maxBytes;
      if (!row || (!isFull && row.usedAt >= Date.now() - ttlMs)) break;
      this.#evict(row);
      yield;
    }
    if (this.#isChanged) yield* forgetStale(this.#db);
    yield* giveBack(this.#db);
  }

  /** Adds what a run had of the cache. */
  count(run: CacheCounts): void {
    countRun(this.#db, run);
  }

  close(): void {
    closeDirectory(this.#db);
  }

  /** Gives up segments that this run had no use for yet, as a run may parse more than the cache may hold. */
  #makeRoom(bytes: number, maxBytes: number): boolean {
    for (;;) {
      const fits = this.#bytes + bytes <= maxBytes;
      if (fits && hasRoom(this.folder, bytes)) return true;
      const row = this.#oldest.get() as SegmentRow | undefined;
      if (row && row.usedAt < this.#openedAt) this.#evict(row);
      else if (fits) throw new Error('its disk is nearly full');
      else return false;
    }
  }

  #evict(row: SegmentRow): void {
    this.#remove(row);
    addFigures(this.#db, { evictions: 1 });
  }

  #remove({ segmentId, name, bytes }: SegmentRow): void {
    this.#db.prepare('DELETE FROM segments WHERE segment_id = ?').run(segmentId);
    this.#bytes -= bytes;
    this.#isChanged = true;
    if (isSegment(name)) removeFile(join(this.folder, name));
  }

  /** Removes segments of which every content is kept anew, and those that the directory does not know. */
  *#sweep(): Generator<void> {
    for (const row of this.#isChanged ? this.#unused() : []) {
      this.#remove(row);
      yield;
    }
    const known = new Set(this.#db.prepare('SELECT name FROM segments').pluck().all());
    for (const name of readdirSync(this.folder).filter(isSegment)) {
      if (known.has(name)) continue;
      removeFile(join(this.folder, name));
      yield;
    }
  }

  #unused(): SegmentRow[] {
    const rows = this.#db.prepare(
      `SELECT segment_id AS segmentId, name, bytes FROM segments
       WHERE segment_id NOT IN (SELECT segment_id FROM contents)`,
    );
    return rows.all() as SegmentRow[];
  }
}

function hasRoom(folder: string, bytes: number): boolean {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return bavail * bsize - bytes >= Math.min(leastFree.bytes, leastFree.share * blocks * bsize);
}

/** A file that cannot be removed, as on Windows one that is open, is swept another time. */
function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!['EBUSY', 'EPERM', 'EACCES'].includes(systemCode(error))) throw error;
  }
}

/** The cache may lie on another disk than what is temporary. */
function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error;
    copyOver(from, to);
  }
}

function copyOver(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  }
  rmSync(from, { force: true });
}
