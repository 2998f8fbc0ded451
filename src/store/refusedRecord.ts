import { rowsTable } from '../domain/segment.js';
import type { SegmentTables } from './arrival.js';
import type { Connection } from './database.js';
import type { Refused } from './refusal.js';
import type { StoredReject } from './rejects.js';

type Values = (string | null)[];
type Lists = Record<string, unknown[]>;

/** Refused records as rejects: their lines, and their cells and lists as JSON, since their own text is no longer at hand. */
export function rejectsOf(
  db: Connection,
  segment: SegmentTables,
  refused: readonly Refused[],
): StoredReject[] {
  const lists = listsOf(db, segment, refused);
  return refused.map((one) => rejectOf(db, segment, one, lists.get(one.n) ?? {}));
}

function rejectOf(
  db: Connection,
  segment: SegmentTables,
  { n, shape, reason }: Refused,
  lists: Lists,
): StoredReject {
  const { columns } = segment.shapes[shape] ?? { columns: [] };
  const [line, ...cells] = db
    .prepare(
      `SELECT line, ${columns.map((_, i) => `c${i}`).join(', ')} FROM ${segment.schema}.${rowsTable(shape)} WHERE n = ?`,
    )
    .raw()
    .get(n) as [number, ...Values];
  return {
    line,
    byteOffset: null,
    column: /^(?:NOT NULL|UNIQUE) constraint failed: [^,]*\.([^.,]+)$/.exec(reason)?.[1] ?? null,
    code: 'refused',
    message: `The database refused the row: ${reason}. Mend the record, or the constraint of the table and run \`ingest rejects --replay\`.`,
    raw: JSON.stringify({ ...objectOf(columns, cells), ...lists }),
  };
}

/** The objects in the lists of each record, by the keys that lead to them; one look at each table for all records. */
function listsOf(
  db: Connection,
  { schema, shapes }: SegmentTables,
  refused: readonly Refused[],
): Map<number, Lists> {
  const records = JSON.stringify(refused.map(({ n }) => n));
  const found = new Map<number, Lists>();
  for (const [shape, { columns, list }] of shapes.entries()) {
    if (list === null) continue;
    const keys = (JSON.parse(list) as string[]).join('.');
    const cells = columns.map((_, i) => `, c${i}`).join('');
    const rows = db
      .prepare(
        `SELECT record${cells} FROM ${schema}.${rowsTable(shape)}
         WHERE record IN (SELECT value FROM json_each(?)) ORDER BY m`,
      )
      .raw()
      .all(records) as [number, ...Values][];
    for (const [record, ...values] of rows) {
      const lists = found.get(record) ?? {};
      lists[keys] = [...(lists[keys] ?? []), objectOf(columns, values)];
      found.set(record, lists);
    }
  }
  return found;
}

function objectOf(columns: readonly string[], values: Values): Record<string, string | null> {
  return Object.fromEntries(columns.map((name, i) => [name, values[i] ?? null]));
}
