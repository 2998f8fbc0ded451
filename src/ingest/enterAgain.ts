import { rowsTable } from '../domain/segment.js';
import type { ParseSettings } from '../domain/settings.js';
import type { Arrival, SegmentTables } from '../store/arrival.js';
import { failpoint } from '../store/failpoint.js';
import type { LedgerEntry } from '../store/ledger.js';
import { ownOfKey, withdraw } from '../store/ownKey.js';
import { type Growing, placeLate } from '../store/placeLate.js';
import { placeRows } from '../store/placement.js';
import type { Refused } from '../store/refusal.js';
import { rejectsOf } from '../store/refusedRecord.js';
import type { KeptReject, StoredReject } from '../store/rejects.js';
import { withSegment } from '../store/segments.js';
import type { Store } from '../store/store.js';
import type { ColumnFinding, Table } from '../store/table.js';
import { ownRange } from './content.js';
import { type Problem, type ReadRejects, readAgain } from './readAgain.js';
import { unrelatedColumns } from './related.js';
import { breathing } from './steps.js';

/** One file whose rejects are tried again. */
interface Again {
  readonly store: Store;
  readonly entry: LedgerEntry;
  readonly rejects: readonly KeptReject[];
  readonly parse: ParseSettings;
  readonly segmentPath: string;
  readonly signal: AbortSignal;
}

/** What became of them. */
export interface EnteredAgain {
  inserted: number;
  deduplicated: number;
  /** Rows of the file itself that gave way to later records of their key. */
  withdrawn: number;
  /** Rows of other files that gave way. */
  displaced: number;
  readonly rejected: StoredReject[];
  readonly findings: ColumnFinding[];
}

/** Reads rejects of a file again and makes those that load now rows of it, all in one transaction. */
export async function enterAgain(again: Again): Promise<EnteredAgain> {
  const { store, entry, rejects, parse, segmentPath } = again;
  const entered: EnteredAgain = {
    inserted: 0,
    deduplicated: 0,
    withdrawn: 0,
    displaced: 0,
    rejected: [],
    findings: [],
  };
  const reading = store.rejects.readingOf(entry.fileId);
  // Only of a version that was loaded it is known how it was read, and of one with lists the text is not enough.
  const known = reading === null || reading.lists ? [] : rejects.filter(({ recordId }) => recordId !== null);
  entered.rejected.push(...rejects.filter((reject) => !known.includes(reject)));
  if (reading === null || known.length === 0) return entered;
  const read = readAgain(known, reading, parse, segmentPath);
  await withSegment(store.db, segmentPath, (schema) =>
    store.transaction(async () => {
      for (const { reject, problem } of read.rejected) keep(store, reject, problem, entered);
      const segment = { schema, shapes: read.shapes };
      await new Entry(again, read, segment, entered).enter(reading.dedupe === 'key');
      failpoint('after-place');
    }),
  );
  return entered;
}

/** Notes what is wrong with a reject today; where the database has something against it, its raw text is its cells. */
function keep(
  { rejects }: Store,
  reject: KeptReject,
  problem: Problem & { readonly raw?: string },
  entered: EnteredAgain,
): void {
  const { column, code, message, raw = reject.raw } = problem;
  const { line, byteOffset } = reject;
  const today = { line, byteOffset, column, code, message, raw };
  rejects.restate(reject.rejectId, today);
  entered.rejected.push(today);
}

/** Adds the records of a segment to a file that has rows already, in the caller's transaction. */
class Entry {
  readonly #file: Growing;
  /** Whether a record loads that its file's settings had rejected, not the database. */
  #byOtherSettings = false;

  constructor(
    readonly again: Again,
    readonly read: ReadRejects,
    readonly segment: SegmentTables,
    readonly entered: EnteredAgain,
  ) {
    const { entry } = again;
    this.#file = { fileId: entry.fileId, range: ownRange(entry) ?? { first: 0, last: 0 } };
  }

  async enter(byKey: boolean): Promise<void> {
    const { records, part } = this.read;
    const { store, entry, parse } = this.again;
    if (records.length === 0) return;
    const unrelated = this.#unrelated();
    if (unrelated) {
      for (const reject of records)
        keep(store, reject, reject.code === 'refused' ? reject : unrelated, this.entered);
      return;
    }
    const arriving = { fileId: entry.fileId, columns: part.columns, types: parse.types };
    const table = store.tables.admit(entry.table, arriving, (finding) => this.entered.findings.push(finding));
    store.makeWay(table.name);
    if (byKey) for (const n of records.keys()) await this.#enterKey(table, n);
    else this.#enterRows(table);
    this.#count();
  }

  /** What is wrong with the records of a file that has no row yet, where the table has come to be something else. */
  #unrelated(): Problem | null {
    const { store, entry } = this.again;
    const { constants, part } = this.read;
    const { path, table } = entry;
    const file = { path, table, columns: part.columns, constants, own: ownRange(entry), arriving: false };
    const error = unrelatedColumns(store, file);
    return error && { column: null, code: error.code, message: `${error.message} ${error.hint}` };
  }

  #enterRows(table: Table): void {
    const { records, dedupe } = this.read;
    const { store } = this.again;
    const stretches = stretchesOf(records).map((stretch) => this.#arrival(...stretch));
    const refused: Refused[] = [];
    const how = { file: this.#file, stretches, byRow: dedupe === 'row' };
    const shared = placeLate(store, table, this.segment, how, refused);
    this.entered.inserted += records.length - shared - refused.length;
    this.entered.deduplicated += shared;
    this.#settle(0, records.length - 1, refused);
  }

  /** Within a file the last record of a key stands. */
  async #enterKey(table: Table, n: number): Promise<void> {
    const { db } = this.again.store;
    const own = ownOfKey(db, table, this.#file, this.#identityOf(n));
    const line = this.read.records[n]?.line ?? 0;
    if (own && (own.line ?? 0) > line) {
      this.entered.deduplicated += 1;
      this.#settle(n, n, []);
      return;
    }
    db.exec('SAVEPOINT own_record');
    if (own) withdraw(db, table, own);
    const refused = await this.#place(table, n);
    if (refused.length > 0) db.exec('ROLLBACK TO own_record');
    else if (own?.isRow) this.entered.withdrawn += 1;
    db.exec('RELEASE own_record');
    this.#settle(n, n, refused);
  }

  #identityOf(n: number): Buffer {
    const { schema } = this.segment;
    const find = this.again.store.db.prepare(`SELECT identity FROM ${schema}.${rowsTable(0)} WHERE n = ?`);
    return find.pluck().get(n) as Buffer;
  }

  /** Places one record by its key; returns it if the database refuses it. */
  async #place(table: Table, n: number): Promise<Refused[]> {
    const { store, entry, signal } = this.again;
    const refused: Refused[] = [];
    const steps = placeRows(store, 'key', table, this.segment, [this.#arrival(n, n)], refused);
    const placed = (await breathing(steps, signal)).get(entry.fileId);
    this.entered.inserted += placed?.inserted ?? 0;
    this.entered.deduplicated += placed?.deduplicated ?? 0;
    this.entered.displaced += placed?.displaced ?? 0;
    return refused;
  }

  /** Records from the `first` to the `last` `n`, whose record ids follow each other. */
  #arrival(first: number, last: number): Arrival {
    const firstRecord = this.read.records[first]?.recordId ?? 0;
    const { fileId } = this.#file;
    const stored = last - first + 1;
    const stretches = [{ firstN: first, stored, firstM: 0, childRows: 0 }];
    return { fileId, stretches, stored, firstRecord, shapes: [0], lists: null };
  }

  /** Takes out the rejects that have become rows, and says of the others what the database has against them. */
  #settle(first: number, last: number, refused: readonly Refused[]): void {
    const { store } = this.again;
    const problems = rejectsOf(store.db, this.segment, refused);
    const reasons = new Map(refused.map(({ n }, i) => [n, problems[i]]));
    for (let n = first; n <= last; n += 1) {
      const reject = this.read.records[n];
      const reason = reasons.get(n);
      if (!reject) continue;
      if (reason) keep(store, reject, reason, this.entered);
      else store.rejects.resolve(reject.rejectId);
      if (!reason && reject.code !== 'refused') this.#byOtherSettings = true;
    }
  }

  #count(): void {
    const { inserted, deduplicated, withdrawn } = this.entered;
    const { store, entry } = this.again;
    store.db
      .prepare(
        `UPDATE _ingest_files SET rows = rows + ?, deduplicated = deduplicated + ?, rejected = rejected - ?
         WHERE file_id = ?`,
      )
      .run(inserted - withdrawn, deduplicated + withdrawn, inserted + deduplicated, this.#file.fileId);
    if (!this.#byOtherSettings || inserted + deduplicated === 0) return;
    // It may be that no settings at all make these rows: the next run loads the file again, and its copies.
    store.db
      .prepare("UPDATE _ingest_files SET settings_hash = '' WHERE file_id = ? OR duplicate_of = ?")
      .run(entry.fileId, entry.fileId);
    store.folders.forget(entry.source);
  }
}

/** The stretches (by `n`, both ends included) of records whose record ids follow each other. */
function stretchesOf(records: readonly KeptReject[]): [first: number, last: number][] {
  const found: [number, number][] = [];
  for (const [n, { recordId }] of records.entries()) {
    const current = found.at(-1);
    const before = records[n - 1]?.recordId ?? null;
    if (current && recordId !== null && before === recordId - 1) current[1] = n;
    else found.push([n, n]);
  }
  return found;
}
