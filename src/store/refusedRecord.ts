import { rowsTable } from '../domain/segment.js';
import type { SegmentTables } from './arrival.js';
import type { Connection } from './database.js';
import type { Refused } from './refusal.js';
import type { StoredReject } from './rejects.js';

/** A refused record as a reject: its line, and its cells as JSON, since its own text is no longer at hand. */
export function rejectOf(
  db: Connection,
  segment: SegmentTables,
  { n, shape, reason }: Refused,
): StoredReject {
  const { columns } = segment.shapes[shape] ?? { columns: [] };
  const [line, ...cells] = db
    .prepare(
      `SELECT line, ${columns.map((_, i) => `c${i}`).join(', ')} FROM ${segment.schema}.${rowsTable(shape)} WHERE n = ?`,
    )
    .raw()
    .get(n) as [number, ...(string | null)[]];
  const record = Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? null]));
  return {
    line,
    byteOffset: null,
    column: /^(?:NOT NULL|UNIQUE) constraint failed: [^,]*\.([^.,]+)$/.exec(reason)?.[1] ?? null,
    code: 'refused',
    message: `The database refused the row: ${reason}. Mend the record, or the constraint of the table and run \`ingest rejects --replay\`.`,
    raw: JSON.stringify(record),
  };
}
