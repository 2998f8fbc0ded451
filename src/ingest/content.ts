import type { LedgerEntry } from '../store/ledger.js';
import { passOnRows, removeRows } from '../store/placement.js';
import type { Store } from '../store/store.js';
import type { RecordRange, Steps } from '../store/table.js';

/** The record ids of the rows that a file owns or shares, or null when it has none. */
export function ownRange(entry: LedgerEntry): RecordRange | null {
  if (entry.firstRecord === null || entry.lastRecord === null) return null;
  return { first: entry.firstRecord, last: entry.lastRecord };
}

/**
 * Takes a file's content out of the database: its rows go to the first file of the same content if there is one,
 * else out of the table. With `reload` they go in any case, as the same content comes back at once. Returns how many
 * rows the table lost. The entry is cleared but not saved.
 */
export function* releaseContent(store: Store, entry: LedgerEntry, reload = false): Steps<number> {
  const heir = entry.duplicateOf === null && !reload ? firstHeir(store, entry) : undefined;
  const removed = heir ? passOn(store, entry, heir) : yield* dropRows(store, entry);
  clearContent(entry);
  return removed;
}

/**
 * Before a file's status becomes other than `loaded`: if it keeps the rows for others of the same content, the first
 * of them takes its place, so that a duplicate always names a loaded file. The entry is changed but not saved.
 */
export function yieldRows(store: Store, entry: LedgerEntry): void {
  if (entry.duplicateOf !== null || entry.sha256 === null) return;
  const heir = store.ledger.copiesOf(entry.fileId).find((copy) => copy.status === 'duplicate');
  if (!heir) return;
  passOn(store, entry, heir);
  entry.duplicateOf = heir.fileId;
  entry.firstRecord = null;
  entry.lastRecord = null;
  entry.rows = 0;
  entry.deduplicated = 0;
  entry.rejected = 0;
}

/**
 * Saves an entry whose content is in order (again), as `loaded` or `duplicate`. If the file that keeps the rows for it
 * is not in order itself, it makes room. The entry is not to be used after.
 */
export function restore(store: Store, entry: LedgerEntry): void {
  entry.status = entry.duplicateOf === null ? 'loaded' : 'duplicate';
  store.ledger.save(entry);
  const original = entry.duplicateOf === null ? undefined : store.ledger.get(entry.duplicateOf);
  if (!original || original.status === 'loaded') return;
  yieldRows(store, original);
  store.ledger.save(original);
}

/** Forgets everything about a content that is no longer the file's. */
function clearContent(entry: LedgerEntry): void {
  entry.sha256 = null;
  entry.duplicateOf = null;
  entry.firstRecord = null;
  entry.lastRecord = null;
  entry.records = 0;
  entry.rows = 0;
  entry.deduplicated = 0;
  entry.rejected = 0;
}

/** A file that is in order takes the rows before one that failed or is held; within these the smallest path. */
function firstHeir(store: Store, entry: LedgerEntry): LedgerEntry | undefined {
  const copies = store.ledger.copiesOf(entry.fileId);
  return copies.find((copy) => copy.status === 'duplicate') ?? copies[0];
}

function* dropRows(store: Store, entry: LedgerEntry): Steps<number> {
  const range = ownRange(entry);
  const table = store.tables.find(entry.table);
  let removed = 0;
  if (range && table) {
    store.makeWay(table.name);
    removed = yield* removeRows(store, table, range);
  }
  if (entry.duplicateOf === null) {
    store.rejects.remove(entry.fileId);
    store.preambles.remove(entry.fileId);
  }
  return removed;
}

/** Makes `heir` the owner of everything that `entry` has; nothing leaves the table. Returns 0. */
function passOn(store: Store, entry: LedgerEntry, heir: LedgerEntry): number {
  const range = ownRange(entry);
  const table = store.tables.find(entry.table);
  if (range && table) passOnRows(store.db, table, range, heir.fileId);
  store.rejects.passOn(entry, heir);
  store.preambles.passOn(entry.fileId, heir.fileId);
  heir.firstRecord = entry.firstRecord;
  heir.lastRecord = entry.lastRecord;
  heir.rows = entry.rows;
  heir.deduplicated = entry.deduplicated;
  heir.rejected = entry.rejected;
  heir.duplicateOf = null;
  if (heir.status === 'duplicate') heir.status = 'loaded';
  store.ledger.save(heir);
  for (const copy of store.ledger.copiesOf(entry.fileId)) {
    copy.duplicateOf = heir.fileId;
    store.ledger.save(copy);
  }
  return 0;
}
