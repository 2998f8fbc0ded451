import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/** One line of `_ingest_files`. */
export interface Entry {
  readonly file_id: bigint;
  readonly source: string;
  readonly path: string;
  readonly size: bigint;
  readonly mtime_ns: bigint;
  readonly looked_at_ns: bigint;
  readonly sha256: string | null;
  readonly table_name: string;
  readonly status: string;
  readonly error: string | null;
  readonly records: bigint;
  readonly rows: bigint;
  readonly deduplicated: bigint;
  readonly rejected: bigint;
  readonly duplicate_of: bigint | null;
  readonly missing_scans: bigint;
}

/** The ledger by source and path, and how many rows all data tables have. */
export interface Snapshot {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly rows: number;
}

export function snapshotOf(db: string): Snapshot {
  if (!existsSync(db)) return { entries: new Map(), rows: 0 };
  return reading(db, (connection) => {
    const entries = connection.prepare('SELECT * FROM _ingest_files').safeIntegers().all() as Entry[];
    const counts = dataTables(connection).map((table) =>
      count(connection, `SELECT count(*) FROM "${table}"`),
    );
    return {
      entries: new Map(entries.map((entry) => [`${entry.source}/${entry.path}`, entry])),
      rows: counts.reduce((sum, rows) => sum + rows, 0),
    };
  });
}

export function reading<T>(db: string, read: (connection: Database.Database) => T): T {
  const connection = new Database(db, { readonly: true, fileMustExist: true });
  try {
    return read(connection);
  } finally {
    connection.close();
  }
}

/** The tables of records, without those of their lists. */
export function dataTables(db: Database.Database): string[] {
  return db
    .prepare(
      `SELECT DISTINCT table_name FROM _ingest_columns
       WHERE table_name NOT IN (SELECT table_name FROM _ingest_child_tables)`,
    )
    .pluck()
    .all() as string[];
}

export function childTables(db: Database.Database): { name: string; parent: string }[] {
  return db.prepare('SELECT table_name AS name, parent_table AS parent FROM _ingest_child_tables').all() as {
    name: string;
    parent: string;
  }[];
}

export function count(db: Database.Database, sql: string): number {
  return Number(db.prepare(sql).pluck().get());
}
