import type { Statement } from 'better-sqlite3';
import type { FileStatus } from '../domain/file.js';
import type { Connection } from './database.js';

/**
 * What the ledger knows of one file. `size`, `mtimeNs` and `sha256` are those of the version whose rows stand in
 * the database (or, before any was loaded, of the one last seen); a version that failed or is held is not in them.
 */
export interface LedgerEntry {
  /** 0 until the entry is saved for the first time. */
  fileId: number;
  source: string;
  path: string;
  size: number;
  mtimeNs: bigint;
  /** When the file was last read or compared; an mtime close to it proves nothing. */
  lookedAtNs: bigint;
  /** Hex; null while no version of the file was ever loaded. */
  sha256: string | null;
  table: string;
  status: FileStatus;
  reason: string;
  /** Records of the loaded version as parsed, rejects among them. */
  records: number;
  /** Rows in the table that this file owns. */
  rows: number;
  /** Records that equal a row owned by another file. */
  deduplicated: number;
  rejected: number;
  /** The file's range of record ids, both ends included; null while it has none. */
  firstRecord: number | null;
  lastRecord: number | null;
  /** The file that has the rows of the same content. */
  duplicateOf: number | null;
  settingsHash: string;
  errorCode: string | null;
  error: string | null;
  /** Tries in a row that did not end well. */
  attempts: number;
  /** Fingerprint of the version that is held back. */
  heldSize: number | null;
  heldMtimeNs: bigint | null;
  /** Complete scans in a row that did not find the file. */
  missingScans: number;
  /** 1 for a duplicate found in a scan that could not tell a copy from a rename. */
  maybeRenamed: number;
  firstSeenAt: string;
  loadedAt: string | null;
  runId: number;
}

/** Column of each field, in the order of the table. */
const columns: Record<keyof LedgerEntry, string> = {
  fileId: 'file_id',
  source: 'source',
  path: 'path',
  size: 'size',
  mtimeNs: 'mtime_ns',
  lookedAtNs: 'looked_at_ns',
  sha256: 'sha256',
  table: 'table_name',
  status: 'status',
  reason: 'reason',
  records: 'records',
  rows: 'rows',
  deduplicated: 'deduplicated',
  rejected: 'rejected',
  firstRecord: 'first_record',
  lastRecord: 'last_record',
  duplicateOf: 'duplicate_of',
  settingsHash: 'settings_hash',
  errorCode: 'error_code',
  error: 'error',
  attempts: 'attempts',
  heldSize: 'held_size',
  heldMtimeNs: 'held_mtime_ns',
  missingScans: 'missing_scans',
  maybeRenamed: 'maybe_renamed',
  firstSeenAt: 'first_seen_at',
  loadedAt: 'loaded_at',
  runId: 'run_id',
};

const fields = Object.keys(columns) as (keyof LedgerEntry)[];
const stored = fields.filter((field) => field !== 'fileId');
const nanosecondFields: ReadonlySet<string> = new Set(['mtimeNs', 'lookedAtNs', 'heldMtimeNs']);
const selection = `SELECT ${fields.map((field) => `${columns[field]} AS "${field}"`).join(', ')} FROM _ingest_files`;

/** The processed-file ledger, `_ingest_files`. Every method is one statement in the caller's transaction. */
export class Ledger {
  readonly #byPath: Statement;
  readonly #byId: Statement;
  readonly #byContent: Statement;
  readonly #copies: Statement;
  readonly #bySource: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #remove: Statement;

  constructor(db: Connection) {
    const select = (rest: string) => db.prepare(`${selection} ${rest}`).safeIntegers();
    this.#byPath = select('WHERE source = ? AND path = ?');
    this.#byId = select('WHERE file_id = ?');
    this.#byContent = select('WHERE sha256 = ? ORDER BY path, source');
    this.#copies = select('WHERE duplicate_of = ? ORDER BY path, source');
    this.#bySource = select('WHERE source = ? ORDER BY path');
    this.#insert = db.prepare(
      `INSERT INTO _ingest_files (${stored.map((field) => columns[field]).join(', ')})
       VALUES (${stored.map(() => '?').join(', ')})`,
    );
    this.#update = db.prepare(
      `UPDATE _ingest_files SET ${stored.map((field) => `${columns[field]} = ?`).join(', ')} WHERE file_id = ?`,
    );
    this.#remove = db.prepare('DELETE FROM _ingest_files WHERE file_id = ?');
  }

  find(source: string, path: string): LedgerEntry | undefined {
    return asEntry(this.#byPath.get(source, path));
  }

  get(fileId: number): LedgerEntry | undefined {
    return asEntry(this.#byId.get(fileId));
  }

  /** All files whose last good version has this content, in path order. */
  withContent(sha256: string): LedgerEntry[] {
    return this.#byContent.all(sha256).flatMap((row) => asEntry(row) ?? []);
  }

  /** The files whose rows are kept by `original`, in path order. */
  copiesOf(original: number): LedgerEntry[] {
    return this.#copies.all(original).flatMap((row) => asEntry(row) ?? []);
  }

  /** Every file of a source in path order; the ledger may not be written meanwhile. */
  *ofSource(source: string): Generator<LedgerEntry> {
    for (const row of this.#bySource.iterate(source)) {
      const entry = asEntry(row);
      if (entry) yield entry;
    }
  }

  /** Writes the entry; a new one gets its `fileId`. */
  save(entry: LedgerEntry): void {
    // By place: to look values up by name takes SQLite's binding longer than to store them.
    const values = stored.map((field) => entry[field]);
    if (entry.fileId > 0) this.#update.run(values, entry.fileId);
    else entry.fileId = Number(this.#insert.run(values).lastInsertRowid);
  }

  remove(fileId: number): void {
    this.#remove.run(fileId);
  }
}

function asEntry(row: unknown): LedgerEntry | undefined {
  if (row === undefined) return undefined;
  const values = row as Record<string, unknown>;
  for (const field in values) {
    const value = values[field];
    if (typeof value === 'bigint' && !nanosecondFields.has(field)) values[field] = Number(value);
  }
  return values as unknown as LedgerEntry;
}
