import type { Connection } from './database.js';
import { RowFilter } from './rowFilter.js';

/** A filter as it was saved, and the last record that it knows. */
export interface SavedFilter {
  readonly filter: RowFilter;
  readonly indexedTo: number;
}

/** Bytes of a row of the table: as a whole, a filter would take several times its size in memory to be saved. */
const partBytes = 1024 * 1024;

interface Part {
  readonly capacity: number;
  readonly identities: number;
  readonly indexedTo: number;
  readonly bits: Buffer;
}

/** Reads a table's filter from `_ingest_row_filters`; null when none is saved. */
export function loadFilter(db: Connection, table: string): SavedFilter | null {
  const parts = db.prepare(
    `SELECT capacity, identities, indexed_to AS indexedTo, bits FROM _ingest_row_filters
     WHERE table_name = ? ORDER BY part`,
  );
  let saved: SavedFilter | null = null;
  let at = 0;
  for (const { capacity, identities, indexedTo, bits } of parts.iterate(table) as Iterable<Part>) {
    saved ??= { filter: new RowFilter(capacity, identities), indexedTo };
    saved.filter.bits.set(bits, at);
    at += bits.length;
  }
  return saved;
}

/** Saves a filter that knows all records up to `indexedTo`. */
export function saveFilter(
  db: Connection,
  table: string,
  { capacity, count, bits }: RowFilter,
  indexedTo: number,
): void {
  forgetFilter(db, table);
  const save = db.prepare(
    `INSERT INTO _ingest_row_filters (table_name, part, capacity, identities, indexed_to, bits)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  for (let at = 0; at < bits.length; at += partBytes) {
    const part = bits.subarray(at, at + partBytes);
    save.run(table, at / partBytes, capacity, count, indexedTo, part);
  }
}

/** Notes that the saved filter of a table may not know the records behind `indexedTo`. */
export function outdateFilter(db: Connection, table: string, indexedTo: number): void {
  db.prepare('UPDATE _ingest_row_filters SET indexed_to = min(indexed_to, ?) WHERE table_name = ?').run(
    indexedTo,
    table,
  );
}

/** Forgets the saved filter of a table. */
export function forgetFilter(db: Connection, table: string): void {
  db.prepare('DELETE FROM _ingest_row_filters WHERE table_name = ?').run(table);
}
