import { hash } from 'node:crypto';
import { copyFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { systemCode } from '../domain/errors.js';
import type { Fingerprint } from '../domain/file.js';
import { directoryPath, isSegment, openDirectory, proofOf } from './directory.js';
import { addFigures, type CacheUse, countRun } from './figures.js';

/** Where a content's records are kept: a file of a segment, which must still have that hash. */
export interface KeptContent {
  /** Absolute. */
  readonly segmentPath: string;
  /** Of the segment's bytes, in hex. */
  readonly segmentSha256: string;
  /** The place of the file in the segment. */
  readonly file: number;
}

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

/** How large and how old what is kept may become. */
export interface CacheBounds {
  readonly maxBytes: number;
  /** Milliseconds since a segment was last used. */
  readonly ttlMs: number;
}

/** A segment that is to be kept. */
export interface NewSegment {
  readonly path: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** The key of each file whose records it holds, and the file's place. */
  readonly contents: readonly (readonly [key: string, file: number])[];
}

/** The key of a content (its SHA-256 in hex) under the settings by which it is parsed. */
export function contentKey(sha256: string, settings: string): string {
  return hash('sha256', `${sha256}\0${settings}`, 'hex');
}

interface SegmentRow {
  readonly segmentId: number;
  readonly name: string;
  readonly sha256: string;
}

/**
 * The parse cache: segments that are kept in a folder, and a directory of what is in them. One run at a time has it; all
 * methods throw what the system or SQLite throws. Nothing it says is believed before the segment is found whole.
 */
export class ParseCache {
  readonly #db: Database;
  readonly #place: Statement;
  readonly #content: Statement;
  readonly #used = new Set<number>();
  #kept = 0;

  constructor(readonly folder: string) {
    this.#db = openDirectory(folder);
    this.#place = this.#db.prepare(
      'SELECT looked_at_ns AS lookedAtNs, sha256, segment_id AS segmentId, proof FROM places WHERE path = ? AND size = ? AND mtime_ns = ?',
    );
    this.#place.safeIntegers();
    this.#content = this.#db.prepare(
      `SELECT segment_id AS segmentId, name, sha256, file, proof
       FROM contents JOIN segments USING (segment_id) WHERE key = ?`,
    );
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
    const row = this.#content.get(key) as (SegmentRow & { file: number; proof: string }) | undefined;
    if (!row || row.proof !== proofOf(key, row.segmentId, row.file)) return null;
    this.#used.add(row.segmentId);
    return { segmentPath: join(this.folder, row.name), segmentSha256: row.sha256, file: row.file };
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
  *clean({ maxBytes, ttlMs }: CacheBounds): Generator<void> {
    const touch = this.#db.prepare('UPDATE segments SET used_at = ? WHERE segment_id = ?');
    this.#db.transaction(() => {
      for (const segmentId of this.#used) touch.run(Date.now(), segmentId);
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
  count(run: CacheUse): void {
    countRun(this.#db, run);
  }

  close(): void {
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
