import type { Database } from 'better-sqlite3';
import { IngestError } from '../domain/errors.js';
import { quoted } from './sql.js';

/**
 * One step a version: step i takes a database from version i to i + 1. A released step is never changed.
 */
const steps: readonly (string | ((db: Database) => void))[] = [
  `
  CREATE TABLE _ingest_sources (
    source TEXT PRIMARY KEY,
    root TEXT NOT NULL,
    configured INTEGER NOT NULL,
    last_complete_at TEXT
  ) STRICT;

  CREATE TABLE _ingest_shard (
    shard INTEGER NOT NULL,
    shards INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE _ingest_files (
    file_id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    looked_at_ns INTEGER NOT NULL,
    sha256 TEXT,
    table_name TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    records INTEGER NOT NULL DEFAULT 0,
    rows INTEGER NOT NULL DEFAULT 0,
    deduplicated INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    first_record INTEGER,
    last_record INTEGER,
    duplicate_of INTEGER REFERENCES _ingest_files(file_id),
    settings_hash TEXT NOT NULL,
    error_code TEXT,
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    held_size INTEGER,
    held_mtime_ns INTEGER,
    missing_scans INTEGER NOT NULL DEFAULT 0,
    maybe_renamed INTEGER NOT NULL DEFAULT 0,
    first_seen_at TEXT NOT NULL,
    loaded_at TEXT,
    run_id INTEGER NOT NULL,
    UNIQUE (source, path)
  ) STRICT;
  CREATE INDEX _ingest_files_by_content ON _ingest_files (sha256);
  CREATE INDEX _ingest_files_by_original ON _ingest_files (duplicate_of) WHERE duplicate_of IS NOT NULL;

  CREATE TABLE _ingest_runs (
    run_id INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    exit_code INTEGER,
    summary TEXT,
    cpu_seconds REAL,
    peak_bytes INTEGER
  ) STRICT;

  CREATE TABLE _ingest_rejects (
    reject_id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    line INTEGER,
    byte_offset INTEGER,
    column_name TEXT,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    raw TEXT NOT NULL
  ) STRICT;
  CREATE INDEX _ingest_rejects_by_file ON _ingest_rejects (file_id);

  CREATE TABLE _ingest_preamble (
    preamble_id INTEGER PRIMARY KEY,
    file_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX _ingest_preamble_by_file ON _ingest_preamble (file_id);

  CREATE TABLE _ingest_columns (
    table_name TEXT NOT NULL COLLATE NOCASE,
    column_name TEXT NOT NULL COLLATE NOCASE,
    type TEXT NOT NULL,
    undecided INTEGER NOT NULL,
    long_integers INTEGER NOT NULL,
    source_name TEXT NOT NULL,
    first_file_id INTEGER NOT NULL,
    PRIMARY KEY (table_name, column_name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE _ingest_row_files (
    record_id INTEGER PRIMARY KEY,
    table_name TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL,
    line INTEGER
  ) STRICT;
  CREATE INDEX _ingest_row_files_by_row ON _ingest_row_files (row_id);

  CREATE TABLE _ingest_counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO _ingest_counters VALUES ('next_record_id', 1);

  CREATE VIEW duplicate_files AS
  SELECT d.file_id, d.source, d.path, d.size, d.sha256,
    o.file_id AS original_file_id, o.source AS original_source, o.path AS original_path
  FROM _ingest_files d JOIN _ingest_files o ON o.file_id = d.duplicate_of
  WHERE d.status = 'duplicate';
  `,
  `
  ALTER TABLE _ingest_sources ADD COLUMN on_network INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE _ingest_sources ADD COLUMN last_full_scan_at TEXT;

  CREATE TABLE _ingest_folders (
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    mtime_ns INTEGER NOT NULL,
    settings_hash TEXT NOT NULL,
    PRIMARY KEY (source, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE _ingest_row_filters (
    table_name TEXT NOT NULL COLLATE NOCASE,
    layer INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    identities INTEGER NOT NULL,
    indexed_to INTEGER NOT NULL,
    bits BLOB NOT NULL,
    UNIQUE (table_name, layer)
  ) STRICT;
  `,
  `
  CREATE TABLE _ingest_child_tables (
    table_name TEXT PRIMARY KEY COLLATE NOCASE,
    parent_table TEXT NOT NULL COLLATE NOCASE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX _ingest_child_tables_by_parent ON _ingest_child_tables (parent_table);
  `,
  `
  ALTER TABLE _ingest_rejects ADD COLUMN record_id INTEGER;

  CREATE TABLE _ingest_readings (
    file_id INTEGER PRIMARY KEY,
    reading TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE _ingest_renames (
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    file_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    renamed_at TEXT NOT NULL,
    PRIMARY KEY (source, path)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  DROP TABLE _ingest_row_filters;
  CREATE TABLE _ingest_row_filters (
    table_name TEXT NOT NULL COLLATE NOCASE,
    part INTEGER NOT NULL,
    capacity INTEGER NOT NULL,
    identities INTEGER NOT NULL,
    indexed_to INTEGER NOT NULL,
    bits BLOB NOT NULL,
    UNIQUE (table_name, part)
  ) STRICT;
  `,
  `
  DROP INDEX _ingest_row_files_by_row;
  CREATE TABLE _ingest_row_shares (
    row_id INTEGER NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (row_id, record_id)
  ) STRICT, WITHOUT ROWID;
  `,
  // They are made anew, of prefixes alone.
  'DELETE FROM _ingest_row_filters;',
  dropLookupTables,
  `
  DROP TABLE _ingest_row_filters;
  DELETE FROM _ingest_counters WHERE name GLOB 'gone_records_*';
  CREATE TABLE _ingest_row_prefixes (
    table_name TEXT NOT NULL COLLATE NOCASE,
    part INTEGER NOT NULL,
    indexed_to INTEGER NOT NULL,
    starts BLOB NOT NULL,
    lows BLOB NOT NULL,
    UNIQUE (table_name, part)
  ) STRICT;
  CREATE TABLE _ingest_late_records (
    table_name TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    PRIMARY KEY (table_name, record_id)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** The version this program writes. */
export const schemaVersion = steps.length;

const versionTable = '_ingest_schema';

/** The version of a database, 0 when it has no ledger yet. Throws `newer_database` (exit 2). */
export function readSchemaVersion(db: Database, path: string): number {
  const known = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(versionTable);
  if (known === undefined) return 0;
  const version = db.prepare(`SELECT version FROM ${versionTable}`).pluck().get();
  if (typeof version !== 'number') return 0;
  if (version > schemaVersion) {
    throw new IngestError(
      'newer_database',
      `${path} was written by a newer ingest (schema ${version}; this one knows ${schemaVersion}).`,
      'Install the newer version, or name another database with --db.',
    );
  }
  return version;
}

/** Brings the schema to this program's version, all steps in one transaction. */
export function migrate(db: Database, path: string): void {
  if (readSchemaVersion(db, path) === schemaVersion) return;
  db.transaction(() => {
    db.exec(`CREATE TABLE IF NOT EXISTS ${versionTable} (version INTEGER NOT NULL) STRICT`);
    for (const step of steps.slice(readSchemaVersion(db, path))) {
      if (typeof step === 'string') db.exec(step);
      else step(db);
    }
    db.exec(`DELETE FROM ${versionTable}`);
    db.prepare(`INSERT INTO ${versionTable} VALUES (?)`).run(schemaVersion);
  }).immediate();
}

/** They had a row for each record; who asks for one makes them anew. */
function dropLookupTables(db: Database): void {
  const names = db.prepare("SELECT name FROM sqlite_master WHERE name GLOB '_ingest_row_lookup_*'").pluck();
  for (const name of names.all() as string[]) db.exec(`DROP TABLE ${quoted(name)}`);
}
