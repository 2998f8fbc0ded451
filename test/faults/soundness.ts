import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';

type Connection = Database.Database;

/** Statements that must find nothing in a database that is whole, by what a row of theirs would mean. */
const complaints = {
  'a file with another count of rows than its ledger entry says': (tables: readonly string[]) =>
    `WITH owned AS (${tables.map((name) => `SELECT _file_id FROM ${quoted(name)}`).join(' UNION ALL ')}),
     counted AS (SELECT _file_id, count(*) AS n FROM owned GROUP BY _file_id)
     SELECT f.source, f.path, f.status, f.rows, c.n FROM _ingest_files f LEFT JOIN counted c ON c._file_id = f.file_id
     WHERE f.rows <> coalesce(c.n, 0)`,
  'rows of a file that is not in the ledger': (tables: readonly string[]) =>
    tables
      .map(
        (name) =>
          `SELECT '${name}' AS name, _file_id FROM ${quoted(name)} WHERE _file_id NOT IN (SELECT file_id FROM _ingest_files)`,
      )
      .join(' UNION ALL '),
  'a shared row that does not exist, or whose further file is not loaded': (tables: readonly string[]) =>
    `WITH kept AS (${tables.map((name) => `SELECT '${name}' AS name, _id FROM ${quoted(name)}`).join(' UNION ALL ')})
     SELECT s.* FROM _ingest_row_files s LEFT JOIN _ingest_files f USING (file_id)
     LEFT JOIN kept k ON k._id = s.row_id AND k.name = s.table_name
     WHERE k._id IS NULL OR f.file_id IS NULL OR f.sha256 IS NULL`,
  'a duplicate of a file that is not loaded': () =>
    `SELECT d.path, o.path, o.status FROM _ingest_files d LEFT JOIN _ingest_files o ON o.file_id = d.duplicate_of
     WHERE d.status = 'duplicate' AND o.status IS NOT 'loaded'`,
  'rejects of a file that is not in the ledger': () =>
    'SELECT * FROM _ingest_rejects WHERE file_id NOT IN (SELECT file_id FROM _ingest_files)',
  'a loaded file whose rejects are not all stored': () =>
    `SELECT path, rejected FROM _ingest_files f WHERE status = 'loaded' AND rejected <>
       (SELECT count(*) FROM _ingest_rejects r WHERE r.file_id = f.file_id)`,
} as const;

/** What is wrong with a database, in words; empty when it is whole. Works while a run goes on. */
export function wrongsOf(path: string): string[] {
  return withDatabase(path, (db) => {
    const wrongs: string[] = [];
    const integrity = db.pragma('integrity_check') as { integrity_check: string }[];
    for (const { integrity_check } of integrity) if (integrity_check !== 'ok') wrongs.push(integrity_check);
    if (!hasLedger(db)) return wrongs;
    const tables = dataTables(db);
    for (const [what, statement] of Object.entries(complaints)) {
      if (tables.length === 0) continue;
      const found = db.prepare(statement(tables)).all();
      if (found.length > 0) wrongs.push(`${what}: ${JSON.stringify(found.slice(0, 3))}`);
    }
    return wrongs;
  });
}

/** All that two databases of the same files must have in common. */
export interface Content {
  /** Rows by their user columns and what these say, per table; a digest over the sorted rows, and their number. */
  readonly tables: Record<string, string>;
  /** One line a file; of files with one content, which is the original and which the duplicate may differ. */
  readonly ledger: string[];
}

export function contentOf(path: string): Content {
  return withDatabase(path, (db) => {
    const tables = Object.fromEntries(dataTables(db).map((name) => [name, digestOf(db, name)]));
    return { tables, ledger: ledgerOf(db) };
  });
}

/** The data tables, without the program's own. */
function dataTables(db: Connection): string[] {
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all();
  return (names as string[]).filter((name) => !name.startsWith('_ingest_') && !name.startsWith('sqlite_'));
}

function digestOf(db: Connection, table: string): string {
  const columns = (db.pragma(`table_info(${quoted(table)})`) as { name: string }[]).map(({ name }) => name);
  const own = columns.filter((name) => !['_id', '_file_id', '_line'].includes(name)).sort();
  const rows = db.prepare(`SELECT ${own.map(quoted).join(', ')} FROM ${quoted(table)}`).raw();
  const said = Array.from(rows.iterate() as Iterable<unknown[]>, (row) => JSON.stringify(row.map(saying)));
  const sha = createHash('sha256').update(said.sort().join('\n'));
  return `${said.length} rows of ${own.join(',')}: ${sha.digest('hex').slice(0, 16)}`;
}

/** A value by what it says: 12 and '12' are one, as a column's type may differ. */
function saying(value: unknown): string | null {
  return value === null ? null : String(value);
}

function ledgerOf(db: Connection): string[] {
  const entries = db
    .prepare(
      `SELECT source, path, size, mtime_ns, coalesce(sha256, '-') AS sha, table_name,
         CASE status WHEN 'duplicate' THEN 'loaded' ELSE status END AS status, records
       FROM _ingest_files ORDER BY source, path`,
    )
    .safeIntegers()
    .raw()
    .all() as unknown[][];
  return entries.map((entry) => entry.map(String).join(' '));
}

function hasLedger(db: Connection): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_ingest_files'").get() !== undefined;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function withDatabase<T>(path: string, look: (db: Connection) => T): T {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}
