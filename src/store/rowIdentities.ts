import { folded } from '../domain/columnName.js';
import { identitiesPerBlock, identityBytes } from '../domain/segment.js';
import { Counter } from './counter.js';
import type { Connection } from './database.js';
import { Foresight } from './foresight.js';
import { nthIdentity } from './identity.js';
import { type IdentityBlock, IdentityBlocks } from './identityBlocks.js';
import { IdentityLookup } from './identityLookup.js';
import { LateRecords } from './lateRecords.js';
import { prefixOf, RecentRows } from './recentRows.js';
import type { Repeats } from './repeats.js';
import { RowPrefixes } from './rowPrefixes.js';
import { forgetPrefixes, loadPrefixes, savePrefixes } from './savedPrefixes.js';
import type { RecordRange } from './table.js';

/** A record that is equal to a row of another file. */
export interface Shared {
  readonly record: number;
  /** The record id of the row. */
  readonly row: number;
}

/** Of so many rows the lookup table may lag behind by one: filling it costs as much for few new rows as for many. */
const rowsForRecent = 32;

const identityWords = identityBytes / 4;

/**
 * The identities of the rows of one table, and which row has a given one. A UNIQUE index would be written at random, a
 * page for nearly each row of a large table. Instead:
 *
 * - `_ingest_row_identity_<table>` has the identities by record id, many to a row, written in order;
 * - recent rows stand in memory by the first 48 bits of their identity;
 * - of older ones two bytes each stand in memory, the first 32 bits of their identities in order, and their record ids in
 *   `_ingest_row_lookup_<table>` in the same order, which is merged with the recent ones in large steps.
 *
 * All of these may know of rows that are gone, never miss one that is there: only the comparison of full identities
 * decides.
 */
export class RowIdentities {
  readonly #blocks: IdentityBlocks;
  readonly #recent = new RecentRows();
  readonly #words = new Uint32Array(identitiesPerBlock * identityWords);
  readonly #bytes = Buffer.from(this.#words.buffer);
  readonly #lookup: IdentityLookup;
  readonly #late: LateRecords;
  /** Records that the lookup table knows though they are gone. */
  readonly #gone: Counter;
  #prefixes: RowPrefixes;
  readonly #foresight = new Foresight();
  /** The row that was found last, and whether it was the one behind the row found before: the next may be, too. */
  #found = 0;
  #inOrder = false;
  /** The last record that the lookup table knows. */
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
    /** Rows that the lookup table may lag behind, as things are. */
    readonly mostRecent: () => number,
  ) {
    this.#unsettled = !IdentityBlocks.exist(db, table);
    this.#blocks = new IdentityBlocks(db, table);
    this.#lookup = new IdentityLookup(db, table);
    this.#gone = new Counter(db, `gone_records_${folded(table)}`);
    this.#late = new LateRecords(db, table);
    const { prefixes, indexedTo } = loadPrefixes(db, table);
    this.#prefixes = prefixes;
    this.#indexedTo = indexedTo;
    if (indexedTo > 0) for (const record of this.#late.all()) this.#readLate(record);
    this.#readRecent();
  }

  /** To be called before the blocks are claimed, with as many as possible: what they find may then be found sooner. */
  foresee(blocks: readonly IdentityBlock[]): void {
    const [prefixes, lookup, recent] = [this.#prefixes, this.#lookup, this.#recent];
    this.#foresight.look(blocks, { prefixes, lookup, recent, blocks: this.#blocks });
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
    const rows = this.#foresight.of(first);
    for (let i = 0; i * identityBytes < block.length; i += 1) {
      const equal = this.#claimOne(i, first + i, rows?.[i]);
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
    const has = (row: number) => this.#blocks.get(row)?.equals(identity) === true;
    return this.#recent.find(prefixOf(this.#words, 0)).find(has) ?? this.#oldRow(this.#words[0] ?? 0, has);
  }

  /**
   * Gives an identity that no row has to a record which comes after records of higher ids, as one that was rejected at
   * first; with null, keeps a place for one that it may get by {@link move}.
   */
  claimLate(record: number, identity: Buffer | null): void {
    this.#foresight.forget();
    this.#blocks.put(record, identity);
    if (identity !== null) this.#addLate(record, identity);
  }

  /** Takes the identity of a record away, which then has no row. */
  release(record: number): void {
    this.#foresight.forget();
    this.#blocks.set(record, null);
  }

  /** Gives the identity of one record to another, a later one that shared its row. */
  move(from: number, to: number): void {
    const identity = this.#blocks.get(from);
    if (identity === null) throw new Error(`record ${from} has no identity`);
    // It is a view of what is about to be written.
    const moved = Buffer.from(identity);
    this.#foresight.forget();
    this.#blocks.set(to, moved);
    this.#addLate(to, moved);
  }

  /** Forgets the identities of a range of records, whose rows are gone. */
  remove({ first, last }: RecordRange): void {
    this.#foresight.forget();
    this.#blocks.remove(first, last);
    this.#gone.add(last - first + 1);
  }

  /** Whether all is as before after a rollback; if not, this is of no use any more. */
  rolledBack(): boolean {
    this.#blocks.forget();
    this.#foresight.forget();
    return !this.#unsettled;
  }

  committed(): void {
    this.#unsettled = false;
  }

  /**
   * Takes the identity at `i` of the pending block for a record unless a row has it; returns that row. `known`: a row
   * that has it; 0: none had it when the block was foreseen; undefined: it was not.
   */
  #claimOne(i: number, record: number, known?: number): number | null {
    this.#at = i;
    this.#record = record;
    const next = this.#found + 1;
    if (this.#inOrder && this.#isEqual(next)) {
      this.#found = next;
      this.#foresight.note(true);
      return next;
    }
    const row = this.#lookUp(i * identityWords, record, known);
    this.#inOrder = row === next;
    this.#found = row ?? this.#found;
    return row;
  }

  #lookUp(at: number, record: number, known?: number): number | null {
    const old = known === undefined ? this.#oldRow(this.#words[at] ?? 0, this.#isEqual) : known || null;
    const row = old ?? this.#recent.addUnless(this.#words, at, record, this.#isEqual);
    if (row !== null) this.#foresight.note(false);
    return row;
  }

  /** The right one of the rows that the lookup table has under a prefix, or null. */
  #oldRow(prefix: number, isRight: (row: number) => boolean): number | null {
    if (!this.#prefixes.find(prefix)) return null;
    for (let place = this.#prefixes.first; place < this.#prefixes.end; place += 1) {
      const row = this.#lookup.at(place);
      if (isRight(row)) return row;
    }
    return null;
  }

  /** Takes note of a record which comes after others of higher ids. */
  #addLate(record: number, identity: Buffer): void {
    this.#bytes.set(identity);
    this.#recent.add(this.#words, 0, record);
    if (record <= this.#indexedTo) this.#late.add(record);
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

  get #isFlushDue(): boolean {
    return this.#recent.size >= Math.max(this.mostRecent(), this.#prefixes.count / rowsForRecent);
  }

  /** Brings the lookup table up to a record, the last that is kept. */
  #flush(record: number): void {
    this.#unsettled = true;
    this.#foresight.forget();
    if (this.#gone.value > this.#prefixes.count / 2) {
      this.#rebuild();
      return;
    }
    const recent = this.#recent.sorted();
    const insertion = this.#lookup.insertion(recent.size, this.#prefixes.count);
    this.#prefixes.insert(recent, (row, place) => insertion.put(recent.record(row), place));
    insertion.end();
    this.#recent.clear();
    this.#late.clear();
    this.#indexedTo = record;
    savePrefixes(this.db, this.table, this.#prefixes, record);
  }

  /** Begins anew when most of what the lookup table knows is gone. */
  #rebuild(): void {
    this.#gone.clear();
    this.#lookup.clear();
    this.#recent.clear();
    this.#late.clear();
    forgetPrefixes(this.db, this.table);
    this.#prefixes = new RowPrefixes();
    this.#indexedTo = 0;
    this.#readRecent();
  }

  /** Takes note of the identity that a late record has, if it still has one. */
  #readLate(record: number): void {
    const identity = this.#blocks.get(record);
    if (identity === null) return;
    this.#bytes.set(identity);
    this.#recent.add(this.#words, 0, record);
  }

  /** Reads what was claimed after the lookup table was last brought up to date. */
  #readRecent(): void {
    const lag = this.#blocks.lastFirst - this.#indexedTo;
    this.#recent.reserve(Math.max(0, Math.min(lag, this.mostRecent())));
    for (let last = this.#indexedTo; ; ) {
      const blocks = this.#blocks.after(last);
      for (const block of blocks) last = this.#read(block);
      if (blocks.length === 0) return;
      if (this.#isFlushDue) this.#flush(last);
    }
  }

  /** Takes note of a kept block; returns its last record. */
  #read({ first, identities }: IdentityBlock): number {
    this.#bytes.set(identities);
    const words = this.#words;
    const end = (identities.length / identityBytes) * identityWords;
    for (let at = 0, record = first; at < end; at += identityWords, record += 1) {
      const isNone =
        ((words[at] ?? 0) | (words[at + 1] ?? 0) | (words[at + 2] ?? 0) | (words[at + 3] ?? 0)) === 0;
      if (!isNone) this.#recent.add(words, at, record);
    }
    return first + end / identityWords - 1;
  }
}
