import { rowsTable } from '../domain/segment.js';
import type { Connection } from './database.js';
import { nthIdentity } from './identity.js';
import { hasIdentities, identityTable } from './identityTable.js';
import type { SegmentSchema } from './segments.js';
import type { RecordRange, Table } from './table.js';

/** A file that has rows already, to which records of a segment are added. */
export interface Growing {
  readonly fileId: number;
  /** Of all its records. */
  readonly range: RecordRange;
}

/**
 * Before records (of shape 0, `n` from `first` to `last`) are added to a file that has rows: the n-th equal record of a
 * file is equal only to the n-th of another, so a record that the file holds k times gets the identity of the next.
 */
export function countOwnRepeats(
  db: Connection,
  table: Table,
  file: Growing,
  [first, last]: readonly [number, number],
  schema: SegmentSchema,
): void {
  if (!hasIdentities(db, table)) return;
  const rows = `${schema}.${rowsTable(0)}`;
  const records = db
    .prepare(`SELECT n, identity FROM ${rows} WHERE n BETWEEN ? AND ? ORDER BY n`)
    .all(first, last) as { n: number; identity: Buffer }[];
  const change = db.prepare(`UPDATE ${rows} SET identity = ? WHERE n = ?`);
  const holds = holder(db, table, file);
  const counts = new Map<string, number>();
  for (const { n, identity } of records) {
    const name = identity.toString('hex');
    const held = counts.get(name) ?? holds(identity);
    if (held === 0) continue;
    change.run(nthIdentity(identity, held + 1), n);
    counts.set(name, held + 1);
  }
}

/** Tells how often a file holds a record, in rows of its own or of others. */
function holder(db: Connection, table: Table, { fileId, range }: Growing): (identity: Buffer) => number {
  const owner = db.prepare(`SELECT record_id FROM ${identityTable(table)} WHERE identity = ?`).pluck();
  const shares = db.prepare('SELECT 1 FROM _ingest_row_files WHERE row_id = ? AND file_id = ?');
  const holds = (identity: Buffer) => {
    const id = owner.get(identity) as number | undefined;
    if (id === undefined) return false;
    return (id >= range.first && id <= range.last) || shares.get(id, fileId) !== undefined;
  };
  return (identity) => {
    let held = 0;
    while (holds(held === 0 ? identity : nthIdentity(identity, held + 1))) held += 1;
    return held;
  };
}
