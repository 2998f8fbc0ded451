import type { Statement } from 'better-sqlite3';
import type { FileStatus } from '../domain/file.js';
import type { IdSet } from '../domain/idSet.js';
import type { Connection } from './database.js';
import type { LedgerEntry } from './ledger.js';

/** What of a ledger entry decides about a file that a scan has found. */
export type KnownFile = Readonly<
  Pick<
    LedgerEntry,
    | 'fileId'
    | 'size'
    | 'mtimeNs'
    | 'lookedAtNs'
    | 'sha256'
    | 'table'
    | 'status'
    | 'error'
    | 'settingsHash'
    | 'heldSize'
    | 'heldMtimeNs'
    | 'missingScans'
    | 'maybeRenamed'
  >
>;

type Row = [
  fileId: bigint,
  size: bigint,
  mtimeNs: bigint,
  lookedAtNs: bigint,
  sha256: string | null,
  table: string,
  status: FileStatus,
  error: string | null,
  settingsHash: string,
  heldSize: bigint | null,
  heldMtimeNs: bigint | null,
  missingScans: bigint,
  maybeRenamed: bigint,
];

/** The ledger as a scan asks it: about many files, and little of each, that are in it by now. It only reads. */
export class KnownFiles {
  readonly #db: Connection;
  readonly #byPath: Statement<[string, string], Row>;
  readonly #ids: Statement<[string, number], number>;
  /** The highest id there was. */
  readonly #last: number;

  constructor(db: Connection) {
    this.#db = db;
    this.#byPath = db
      .prepare<[string, string], Row>(
        `SELECT file_id, size, mtime_ns, looked_at_ns, sha256, table_name, status, error, settings_hash,
                held_size, held_mtime_ns, missing_scans, maybe_renamed
         FROM _ingest_files WHERE source = ? AND path = ?`,
      )
      .raw()
      .safeIntegers();
    this.#ids = db
      .prepare<[string, number], number>(
        'SELECT file_id FROM _ingest_files WHERE source = ? AND file_id <= ? ORDER BY path',
      )
      .pluck();
    this.#last = Number(db.prepare('SELECT max(file_id) FROM _ingest_files').pluck().get() ?? 0);
  }

  find(source: string, path: string): KnownFile | undefined {
    const row = this.#byPath.get(source, path);
    return row && asKnownFile(row);
  }

  /** The ids, except `present` ones, of the files of a source that were in the ledger at first, in path order. */
  idsBut(present: IdSet, source: string): number[] {
    const absent: number[] = [];
    // One by one: all at once are an array of some 20 bytes a file.
    for (const id of this.#ids.iterate(source, this.#last)) if (!present.has(id)) absent.push(id);
    return absent;
  }

  /** Lets `work` ask within one transaction, which makes a question less than half as dear. It cannot await. */
  together(work: () => void): void {
    if (this.#db.inTransaction) work();
    else this.#db.transaction(work)();
  }
}

function asKnownFile(row: Row): KnownFile {
  return {
    fileId: Number(row[0]),
    size: Number(row[1]),
    mtimeNs: row[2],
    lookedAtNs: row[3],
    sha256: row[4],
    table: row[5],
    status: row[6],
    error: row[7],
    settingsHash: row[8],
    heldSize: row[9] === null ? null : Number(row[9]),
    heldMtimeNs: row[10],
    missingScans: Number(row[11]),
    maybeRenamed: Number(row[12]),
  };
}
