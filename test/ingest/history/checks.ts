import type Database from 'better-sqlite3';
import { expect } from 'vitest';
import { outcomes } from '../../../src/domain/file.ts';
import { isUnreadable, recordsOf } from './document.ts';
import type { Told } from './program.ts';
import { childTables, count, dataTables, type Entry, reading, type Snapshot } from './snapshot.ts';
import type { Running, SourceName } from './steps.ts';
import { fingerprintOf, type ModelFile, type World } from './world.ts';

/** What the database must hold true of itself after any run; each query names what is wrong. */
export function checkBookkeeping(path: string): void {
  reading(path, (db) => {
    const wrong: Record<string, unknown[]> = {
      'duplicates without a loaded original': db
        .prepare(
          `SELECT d.source, d.path, o.path AS original, o.status FROM _ingest_files d
           LEFT JOIN _ingest_files o ON o.file_id = d.duplicate_of
           WHERE d.duplicate_of IS NOT NULL AND d.status = 'duplicate'
             AND (o.status IS NULL OR o.status <> 'loaded' OR o.sha256 <> d.sha256)`,
        )
        .all(),
      'files that share the rows of one that has none': db
        .prepare(
          `SELECT d.source, d.path FROM _ingest_files d LEFT JOIN _ingest_files o ON o.file_id = d.duplicate_of
           WHERE d.duplicate_of IS NOT NULL AND (o.file_id IS NULL OR o.duplicate_of IS NOT NULL OR o.sha256 IS NULL)`,
        )
        .all(),
      'duplicates with a status other than the word': db
        .prepare(
          `SELECT source, path, status FROM _ingest_files
           WHERE (status = 'duplicate' AND duplicate_of IS NULL) OR (status = 'loaded' AND duplicate_of IS NOT NULL)`,
        )
        .all(),
      'loaded records that do not add up': db
        .prepare(
          `SELECT source, path, records, rows, deduplicated, rejected FROM _ingest_files
           WHERE sha256 IS NOT NULL AND duplicate_of IS NULL AND records <> rows + deduplicated + rejected`,
        )
        .all(),
      'shared rows of files that have none': db
        .prepare(
          `SELECT r.* FROM _ingest_row_files r LEFT JOIN _ingest_files f USING (file_id)
           WHERE f.file_id IS NULL OR f.sha256 IS NULL OR f.duplicate_of IS NOT NULL
             OR r.record_id NOT BETWEEN f.first_record AND f.last_record`,
        )
        .all(),
      'rejects of no file': db
        .prepare('SELECT * FROM _ingest_rejects WHERE file_id NOT IN (SELECT file_id FROM _ingest_files)')
        .all(),
      'rows per file': rowsPerFile(db),
    };
    for (const table of dataTables(db)) Object.assign(wrong, wrongInTable(db, table));
    for (const child of childTables(db)) Object.assign(wrong, wrongInChild(db, child));
    const found = Object.entries(wrong).filter(([, rows]) => rows.length > 0);
    expect(Object.fromEntries(found)).toEqual({});
  });
}

function rowsPerFile(db: Database.Database): unknown[] {
  const rows = dataTables(db).map((table) => `SELECT _file_id FROM "${table}"`);
  if (rows.length === 0) return [];
  return db
    .prepare(
      `SELECT f.source, f.path, f.rows, count(r._file_id) AS found FROM _ingest_files f
       LEFT JOIN (${rows.join(' UNION ALL ')}) r ON r._file_id = f.file_id
       GROUP BY f.file_id HAVING count(r._file_id) <> f.rows`,
    )
    .all();
}

function wrongInTable(db: Database.Database, table: string): Record<string, unknown[]> {
  const wrong: Record<string, unknown[]> = {
    [`rows of ${table} outside their file`]: db
      .prepare(
        `SELECT t._id, t._file_id FROM "${table}" t LEFT JOIN _ingest_files f ON f.file_id = t._file_id
         WHERE f.file_id IS NULL OR f.table_name <> ? COLLATE NOCASE OR f.duplicate_of IS NOT NULL
           OR t._id NOT BETWEEN f.first_record AND f.last_record`,
      )
      .all(table),
    'shares that are known, and yet not by their row': db
      .prepare(
        `SELECT record_id, row_id FROM _ingest_row_files
         WHERE record_id <= (SELECT value FROM _ingest_counters WHERE name = 'row_shares_known_to')
           AND (row_id, record_id) NOT IN (SELECT row_id, record_id FROM _ingest_row_shares)`,
      )
      .all(),
    'shares by rows that no file has': db
      .prepare(
        `SELECT * FROM _ingest_row_shares
         WHERE (row_id, record_id) NOT IN (SELECT row_id, record_id FROM _ingest_row_files)`,
      )
      .all(),
    [`shares in rows of ${table} that are not there`]: db
      .prepare(
        `SELECT * FROM _ingest_row_files
         WHERE table_name = ? COLLATE NOCASE AND row_id NOT IN (SELECT _id FROM "${table}")`,
      )
      .all(table),
  };
  const blocks = `_ingest_row_identity_${table}`;
  if (exists(db, blocks)) wrong[`identities of no row of ${table}`] = strayIdentities(db, table, blocks);
  const identities = `_ingest_identity_${table}`;
  if (exists(db, identities)) {
    wrong[`keys of no row of ${table}`] = db
      .prepare(`SELECT record_id FROM "${identities}" WHERE record_id NOT IN (SELECT _id FROM "${table}")`)
      .all();
  }
  const outranked = `_ingest_outranked_${table}`;
  if (exists(db, outranked)) {
    wrong[`outranked records of ${table} without a row before them`] = db
      .prepare(
        `SELECT o._id, o._file_id FROM "${outranked}" o LEFT JOIN _ingest_files f ON f.file_id = o._file_id
         WHERE f.file_id IS NULL OR o._id NOT BETWEEN f.first_record AND f.last_record
           OR o._ingest_identity NOT IN (SELECT identity FROM "${identities}")`,
      )
      .all();
  }
  return wrong;
}

/** Records that have an identity and no row. */
function strayIdentities(db: Database.Database, table: string, blocks: string): number[] {
  const kept = db.prepare(`SELECT first_record AS first, identities FROM "${blocks}"`).all() as {
    first: number;
    identities: Buffer;
  }[];
  const rows = new Set(db.prepare(`SELECT _id FROM "${table}"`).pluck().all());
  return kept.flatMap(({ first, identities }) =>
    Array.from({ length: identities.length / 16 }, (_, i) => first + i).filter(
      (record, i) => !rows.has(record) && !identities.subarray(i * 16, i * 16 + 16).equals(Buffer.alloc(16)),
    ),
  );
}

/** Rows of lists that do not go where the row goes that they lie in. */
function wrongInChild(
  db: Database.Database,
  { name, parent }: { name: string; parent: string },
): Record<string, unknown[]> {
  const wrong: Record<string, unknown[]> = {};
  for (const prefix of ['', '_ingest_outranked_']) {
    if (!exists(db, prefix + name)) continue;
    const parents = exists(db, prefix + parent)
      ? `"${prefix}${parent}"`
      : `(SELECT * FROM "${parent}" WHERE 0)`;
    wrong[`rows of ${prefix}${name} apart from the row they lie in`] = db
      .prepare(
        `SELECT c._id, c._parent_id, c._file_id, p._file_id AS theirs FROM "${prefix}${name}" c
         LEFT JOIN ${parents} p ON p._id = c._parent_id
         WHERE p._id IS NULL OR c._file_id <> p._file_id OR c._line <> p._line`,
      )
      .all();
  }
  return wrong;
}

function exists(db: Database.Database, table: string): boolean {
  return count(db, `SELECT count(*) FROM sqlite_master WHERE name = '${table}'`) > 0;
}

export function checkIntegrity(path: string): void {
  reading(path, (db) => {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });
}

/** The balance of contract section 3, worked out once more. */
export function checkBalance({ summary, files }: Told, before: Snapshot, after: Snapshot): void {
  const { seen } = summary.files;
  expect(outcomes.reduce((sum, outcome) => sum + summary.files[outcome], 0)).toBe(seen);
  for (const outcome of outcomes) {
    expect(files.filter((file) => file.outcome === outcome).length, outcome).toBe(summary.files[outcome]);
  }
  const { parsed, inserted, deduplicated, rejected, removed } = summary.rows;
  expect(inserted + deduplicated + rejected).toBe(parsed);
  expect(after.rows).toBe(before.rows + inserted - removed);
  expect(sumOf(files, 'parsed')).toBe(parsed);
  expect(sumOf(files, 'inserted')).toBe(inserted);
}

function sumOf(files: Told['files'], field: 'parsed' | 'inserted'): number {
  return files.reduce((sum, { rows }) => sum + (rows?.[field] ?? 0), 0);
}

/** The exit code by contract section 2. */
export function checkExitCode({ summary }: Told): void {
  const down = summary.sources.some(({ state }) => state !== 'healthy');
  const partial = summary.files.failed > 0 || summary.files.held > 0 || summary.rows.rejected > 0;
  expect(summary.exitCode).toBe(down ? 4 : partial ? 3 : 0);
}

/** A run with the ledger before and after it. */
export interface Passage {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly told: Told;
  readonly running: Running;
}

/** The last good version of a file that is gone stays known, if need be under the path it was renamed to. */
export function checkKept(world: World, before: Snapshot, after: Snapshot): void {
  for (const [key, entry] of before.entries) {
    if (world.files.has(key) || entry.sha256 === null) continue;
    const now = after.entries.get(key);
    if (now === undefined) {
      expect(isMoved(world, entry, after), `${key} is forgotten`).toBe(true);
    } else if (now.sha256 === null) {
      expect(world.settings[entry.source as SourceName].onDelete, `${key} lost its rows`).toBe('remove');
      expect([now.status, entry.missing_scans >= 1n], key).toEqual(['missing', true]);
    } else {
      expect(now.sha256, `${key} is gone but got another content`).toBe(entry.sha256);
    }
  }
}

function isMoved(world: World, entry: Entry, { entries }: Snapshot): boolean {
  return [...entries].some(
    ([key, { source, sha256 }]) => source === entry.source && sha256 === entry.sha256 && world.files.has(key),
  );
}

/** What the ledger must say of each file after a run that came to its end. */
export function checkLedger(world: World, passage: Passage): void {
  const { before, after, told, running } = passage;
  const states = new Map(told.summary.sources.map(({ name, state }) => [name, state]));
  for (const [key, entry] of before.entries) {
    const state = states.get(entry.source) ?? 'not asked for';
    if (state !== 'healthy') expect(withoutOwner(after.entries.get(key)), key).toEqual(withoutOwner(entry));
  }
  if (running.since !== null || running.until !== null || running.limit !== null) return;
  for (const [key, file] of world.files) {
    if (states.get(file.source) === 'healthy') checkTaken(world, key, file, passage);
  }
}

/** What other sources cannot change about an entry: they may hand rows over to it. */
function withoutOwner(entry: Entry | undefined): Partial<Entry> | undefined {
  if (!entry) return undefined;
  const { size, mtime_ns, looked_at_ns, sha256, missing_scans, records } = entry;
  return { size, mtime_ns, looked_at_ns, sha256, missing_scans, records };
}

/** A file that stands there is in the database as it is now, or there is a reason. */
function checkTaken(world: World, key: string, file: ModelFile, { before, after, running }: Passage): void {
  const entry = after.entries.get(key);
  const was = before.entries.get(key);
  const { size, mtimeNs } = fingerprintOf(world, file);
  const said = `${key} ${entry?.status} ${entry?.error ?? ''}`;
  if (entry?.status === 'failed') {
    expect(isUnreadable(file.document) || running.strict, said).toBe(true);
  } else if (entry?.status === 'held') {
    expect(running.acceptShrink, said).toBe(false);
    expect(recordsOf(file.document) * 2, said).toBeLessThan(Number(was?.records ?? 0));
  } else if (entry?.sha256 === file.sha256) {
    expect(['loaded', 'duplicate'], said).toContain(entry.status);
    if (was && isShrunk(file, was) && !running.acceptShrink) {
      expect(standsElsewhere(after, was), `${said}: it shrank`).toBe(true);
    }
  } else {
    // Only an edit that leaves size and mtime as they were, away from the last look, goes unseen.
    const alike = was?.size === size && was.mtime_ns === mtimeNs && !isRacy(was);
    expect(alike && !running.checksum && !running.force, `${said}: it is not what stands there`).toBe(true);
  }
}

function isRacy({ looked_at_ns, mtime_ns }: Entry): boolean {
  const apart = looked_at_ns - mtime_ns;
  return apart > -2_000_000_000n && apart < 2_000_000_000n;
}

function isShrunk({ sha256, document }: ModelFile, was: Entry): boolean {
  return was.sha256 !== null && was.sha256 !== sha256 && recordsOf(document) * 2 < Number(was.records);
}

function standsElsewhere({ entries }: Snapshot, was: Entry): boolean {
  return [...entries.values()].some(
    ({ sha256, file_id }) => sha256 === was.sha256 && file_id !== was.file_id,
  );
}
