import { folded } from '../domain/columnName.js';
import { identitiesPerBlock, identityBytes } from '../domain/segment.js';
import { Counter } from './counter.js';
import type { Connection } from './database.js';
import { nthIdentity } from './identity.js';
import { type IdentityBlock, IdentityBlocks } from './identityBlocks.js';
import { IdentityLookup } from './identityLookup.js';
import { type Entry, prefixOf, RecentRows } from './recentRows.js';
import type { Repeats } from './repeats.js';
import { RowFilter } from './rowFilter.js';
import { forgetFilter, loadFilter, outdateFilter, saveFilter } from './rowFilters.js';
import type { RecordRange } from './table.js';

/** A record that is equal to a row of another file. */
export interface Shared {
  readonly record: number;
  /** The record id of the row. */
  readonly row: number;
}

/** The bounds of what is kept in memory; smaller ones are for tests. */
export interface IdentityBounds {
  /** Rows that the lookup table may lag behind. */
  readonly recentRows: number;
  /** Identities of the first filter. */
  readonly firstFilter: number;
}

const defaultBounds: IdentityBounds = { recentRows: 1_500_000, firstFilter: 1_000_000 };

/** Of so many rows the lookup table may lag behind by one: filling it costs as much for few new rows as for many. */
const rowsForRecent = 26;

const identityWords = identityBytes / 4;

/**
 * The identities of the rows of one table, and which row has a given one. A UNIQUE index would be written at random, a
 * page for nearly each row of a large table. Instead:
 *
 * - `_ingest_row_identity_<table>` has the identities by record id, many to a row, written in order;
 * - recent rows stand in memory by the first 48 bits of their identity, older ones in `_ingest_row_lookup_<table>`, which
 *   is filled in large sorted steps; what is found there is compared in full;
 * - a Bloom filter in memory knows of most identities that the lookup table does not have them.
 *
 * Filter, recent rows and lookup table may know of rows that are gone, never miss one that is there: only the full
 * comparison decides.
 */
export class RowIdentities {
  readonly #blocks: IdentityBlocks;
  readonly #recent = new RecentRows();
  readonly #words = new Uint32Array(identitiesPerBlock * identityWords);
  readonly #bytes = Buffer.from(this.#words.buffer);
  readonly #lookup: IdentityLookup;
  /** Records that lookup table and filter know though they are gone. */
  readonly #gone: Counter;
  #filter: RowFilter;
  /** The row that was found last, and whether it was the one behind the row found before: the next may be, too. */
  #found = 0;
  #inOrder = false;
  /** The last record that lookup table and filter know. */
  #indexedTo: number;
  /** The record whose identity is being looked for, and the place of that in the pending block. */
  #record = 0;
  #at = 0;
  readonly #isEqual = (row: number) =>
    // What is known of later records was rolled back.
    row < this.#record && this.#blocks.get(row)?.equals(this.#identityAt(this.#at)) === true;
  /** Whether this rests on what the transaction under way has written. */
  #unsettled: boolean;

  constructor(
    readonly db: Connection,
    readonly table: string,
    readonly bounds: IdentityBounds = defaultBounds,
  ) {
    this.#unsettled = !IdentityBlocks.exist(db, table);
    this.#blocks = new IdentityBlocks(db, table);
    this.#lookup = new IdentityLookup(db, table);
    this.#gone = new Counter(db, `gone_records_${folded(table)}`);
    const saved = loadFilter(db, table);
    this.#filter = saved?.filter ?? new RowFilter(bounds.firstFilter);
    this.#indexedTo = saved?.indexedTo ?? 0;
    this.#readRecent();
  }

  /**
   * Claims the identities in `block`, those of a file's records from `first` on, in order, and keeps them. The n-th
   * equal record of a file is equal only to the n-th of another: the first shares the row that stands, the others
   * claim an identity of their own. Returns the records whose identity another file's row has.
   */
  claim(first: number, block: Buffer, repeats: Repeats): Shared[] {
    this.#bytes.set(block);
    const identities = this.#bytes.subarray(0, block.length);
    this.#blocks.pending = { first, identities };
    const shared: Shared[] = [];
    for (let i = 0; i * identityBytes < block.length; i += 1) {
      const equal = this.#claimOne(i, first + i);
      const row = equal === null ? null : this.#claimRepeat(i, first + i, equal, repeats);
      if (row === null) continue;
      identities.fill(0, i * identityBytes, (i + 1) * identityBytes);
      shared.push({ record: first + i, row });
    }
    this.#blocks.keepPending();
    if (this.#isFlushDue) this.#flush(first + block.length / identityBytes - 1);
    return shared;
  }

  /** The record whose row has an identity, whenever it came. */
  rowOf(identity: Buffer): number | null {
    this.#bytes.set(identity);
    const prefix = prefixOf(this.#words, 0);
    const has = (row: number) => this.#blocks.get(row)?.equals(identity) === true;
    return this.#recent.find(prefix).find(has) ?? this.#lookup.find(prefix).find(has) ?? null;
  }

  /**
   * Gives an identity that no row has to a record which comes after records of higher ids, as one that was rejected at
   * first; with null, keeps a place for one that it may get by {@link move}.
   */
  claimLate(record: number, identity: Buffer | null): void {
    const first = this.#blocks.put(record, identity);
    if (identity === null) return;
    this.#bytes.set(identity);
    this.#recent.add(this.#words, 0, record);
    // Its block is read again by the next run.
    this.#indexedTo = Math.min(this.#indexedTo, first - 1);
    outdateFilter(this.db, this.table, this.#indexedTo);
  }

  /** Takes the identity of a record away, which then has no row. */
  release(record: number): void {
    this.#blocks.set(record, null);
  }

  /** Gives the identity of one record to another, a later one that shared its row. */
  move(from: number, to: number): void {
    const identity = this.#blocks.get(from);
    if (identity === null) throw new Error(`record ${from} has no identity`);
    this.#bytes.set(identity);
    this.#blocks.set(to, this.#bytes.subarray(0, identityBytes));
    // The filter has it if `from` is not recent.
    this.#lookup.add(prefixOf(this.#words, 0), to);
    this.#recent.add(this.#words, 0, to);
  }

  /** Forgets the identities of a range of records, whose rows are gone. */
  remove({ first, last }: RecordRange): void {
    this.#blocks.remove(first, last);
    this.#gone.add(last - first + 1);
  }

  /** Whether all is as before after a rollback; if not, this is of no use any more. */
  rolledBack(): boolean {
    this.#blocks.forget();
    return !this.#unsettled;
  }

  committed(): void {
    this.#unsettled = false;
  }

  /** Takes the identity at `i` of the pending block for a record unless a row has it; returns that row. */
  #claimOne(i: number, record: number): number | null {
    this.#at = i;
    this.#record = record;
    const next = this.#found + 1;
    if (this.#inOrder && this.#isEqual(next)) {
      this.#found = next;
      return next;
    }
    const row = this.#lookUp(i * identityWords, record);
    this.#inOrder = row === next;
    this.#found = row ?? this.#found;
    return row;
  }

  #lookUp(at: number, record: number): number | null {
    const words = this.#words;
    const old = this.#filter.has(words[at] ?? 0, (words[at + 1] ?? 0) >>> 16)
      ? this.#lookup.find(prefixOf(words, at)).find(this.#isEqual)
      : undefined;
    return old ?? this.#recent.addUnless(words, at, record, this.#isEqual);
  }

  #claimRepeat(i: number, record: number, row: number, repeats: Repeats): number | null {
    const identity = this.#identityAt(i);
    const nth = repeats.next(identity, row);
    if (nth === 1) return row;
    identity.set(nthIdentity(identity, nth));
    return this.#claimOne(i, record);
  }

  #identityAt(i: number): Buffer {
    return this.#bytes.subarray(i * identityBytes, (i + 1) * identityBytes);
  }

  /** Makes the filter anew, of all identities that are kept, if it has no room for some more; else returns false. */
  #widen(more: number): boolean {
    if (this.#filter.count + more <= this.#filter.capacity) return false;
    const filter = new RowFilter(Math.max(this.bounds.firstFilter, 2 * (this.#filter.count + more)));
    const words = this.#words;
    for (const block of this.#blocks.all())
      this.#inBlock(block, (at) => filter.add(words[at] ?? 0, (words[at + 1] ?? 0) >>> 16));
    this.#filter = filter;
    return true;
  }

  get #isFlushDue(): boolean {
    return this.#recent.size >= Math.max(this.bounds.recentRows, this.#filter.count / rowsForRecent);
  }

  /** Brings the lookup table and the saved filter up to a record, the last that is kept. */
  #flush(record: number): void {
    this.#unsettled = true;
    if (this.#gone.value > this.#filter.count / 2) {
      this.#rebuild();
      return;
    }
    const recent = this.#recent.sorted();
    this.#lookup.addAll(this.#widen(this.#recent.size) ? recent : this.#intoFilter(recent));
    this.#recent.clear();
    this.#indexedTo = record;
    saveFilter(this.db, this.table, this.#filter, record);
  }

  *#intoFilter(entries: Iterable<Entry>): Generator<Entry> {
    for (const entry of entries) {
      const [prefix] = entry;
      this.#filter.add(Math.floor(prefix / 65_536), prefix % 65_536);
      yield entry;
    }
  }

  /** Begins anew when most of what lookup table and filter know is gone. */
  #rebuild(): void {
    this.#gone.clear();
    this.#lookup.clear();
    this.#recent.clear();
    forgetFilter(this.db, this.table);
    this.#filter = new RowFilter(this.bounds.firstFilter);
    this.#indexedTo = 0;
    this.#readRecent();
  }

  /** Reads what was claimed after the lookup table and the filter were last brought up to date. */
  #readRecent(): void {
    for (let last = this.#indexedTo; ; ) {
      const blocks = this.#blocks.after(last);
      for (const block of blocks) last = this.#read(block);
      if (blocks.length === 0) return;
      if (this.#isFlushDue) this.#flush(last);
    }
  }

  /** Takes note of a kept block; returns its last record. */
  #read(block: IdentityBlock): number {
    this.#inBlock(block, (at, record) => this.#recent.add(this.#words, at, record));
    return block.first + block.identities.length / identityBytes - 1;
  }

  /** Goes through the identities of a kept block, each in turn being `at` in the words. */
  #inBlock({ first, identities }: IdentityBlock, note: (at: number, record: number) => void): void {
    this.#bytes.set(identities);
    const words = this.#words;
    for (let i = 0; i < identities.length / identityBytes; i += 1) {
      const at = i * identityWords;
      const isNone =
        ((words[at] ?? 0) | (words[at + 1] ?? 0) | (words[at + 2] ?? 0) | (words[at + 3] ?? 0)) === 0;
      if (!isNone) note(at, first + i);
    }
  }
}
