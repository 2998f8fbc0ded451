import { rowsTable } from '../domain/segment.js';
import type { SegmentTables } from './arrival.js';
import type { Connection } from './database.js';
import type { Refused } from './refusal.js';
import type { StoredReject } from './rejects.js';

type Values = readonly (string | null)[];

/** A refused record as a reject: its line, and its cells and lists as JSON, since its own text is no longer at hand. */
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
  const record = objectOf(columns, cells);
  return {
    line,
    byteOffset: null,
    column: /^(?:NOT NULL|UNIQUE) constraint failed: [^,]*\.([^.,]+)$/.exec(reason)?.[1] ?? null,
    code: 'refused',
    message: `The database refused the row: ${reason}. Mend the record, or the constraint of the table and run \`ingest rejects --replay\`.`,
    raw: JSON.stringify({ ...record, ...listsOf(db, segment, n) }),
  };
}

/** The objects in the lists of a record, by the keys that lead to them. */
function listsOf(db: Connection, { schema, shapes }: SegmentTables, n: number): Record<string, unknown[]> {
  const lists: Record<string, unknown[]> = {};
  for (const [shape, { columns, list }] of shapes.entries()) {
    if (list === null) continue;
    const rows = rowsTable(shape);
    db.exec(`CREATE INDEX IF NOT EXISTS ${schema}.${rows}_by_record ON ${rows} (record)`);
    const cells = columns.map((_, i) => `c${i}`).join(', ');
    const found = db
      .prepare(`SELECT ${cells} FROM ${schema}.${rows} WHERE record = ? ORDER BY m`)
      .raw()
      .all(n);
    const objects = (found as Values[]).map((values) => objectOf(columns, values));
    const keys = (JSON.parse(list) as string[]).join('.');
    if (objects.length > 0) lists[keys] = [...(lists[keys] ?? []), ...objects];
  }
  return lists;
}

function objectOf(columns: readonly string[], values: Values): Record<string, string | null> {
  return Object.fromEntries(columns.map((name, i) => [name, values[i] ?? null]));
}
