import type { Connection } from './database.js';
import { FilterLayer, type RowFilter } from './rowFilter.js';

/** A filter as it was saved, and the last record that it knows. */
export interface SavedFilter {
  readonly layers: FilterLayer[];
  readonly indexedTo: number;
}

/** Reads a table's filter from `_ingest_row_filters`. */
export function loadFilter(db: Connection, table: string): SavedFilter {
  const saved = db
    .prepare(
      `SELECT capacity, identities, bits, indexed_to AS indexedTo FROM _ingest_row_filters
       WHERE table_name = ? ORDER BY layer`,
    )
    .all(table) as { capacity: number; identities: number; bits: Buffer; indexedTo: number }[];
  return {
    layers: saved.map(({ capacity, identities, bits }) => new FilterLayer(capacity, identities, bits)),
    indexedTo: Math.max(0, ...saved.map(({ indexedTo }) => indexedTo)),
  };
}

/** Saves the layers of a filter that may have changed since it knew all records up to `savedTo`. */
export function saveFilter(db: Connection, table: string, filter: RowFilter, indexedTo: number): void {
  const known = db.prepare('SELECT identities FROM _ingest_row_filters WHERE table_name = ? AND layer = ?');
  const save = db.prepare(
    `INSERT INTO _ingest_row_filters (table_name, layer, capacity, identities, indexed_to, bits)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (table_name, layer) DO UPDATE SET
       identities = excluded.identities, indexed_to = excluded.indexed_to, bits = excluded.bits`,
  );
  for (const [layer, { capacity, count, bits }] of filter.layers.entries()) {
    if (known.pluck().get(table, layer) === count) continue;
    save.run(table, layer, capacity, count, indexedTo, bits);
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
