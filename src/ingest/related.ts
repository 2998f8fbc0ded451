import { folded } from '../domain/columnName.js';
import { IngestError } from '../domain/errors.js';
import { quoted } from '../store/sql.js';
import type { Store } from '../store/store.js';
import type { RecordRange } from '../store/table.js';

/** A file on its way into a table. */
export interface Arriving {
  readonly path: string;
  readonly table: string;
  /** The columns that the file itself has, without those from its path. */
  readonly names: readonly string[];
  /** The rows of the version it replaces. */
  readonly own: RecordRange | null;
  /** Whether rows of other files are on their way into the same table. */
  readonly arriving: boolean;
}

/** Names that an error shows of a longer list. */
const shown = 5;

/**
 * Throws IngestError `unrelated_columns` when a file shares no column with a table that has rows of other files:
 * two things in one table serve nobody.
 */
export function checkRelated(store: Store, file: Arriving): void {
  const table = store.tables.find(file.table);
  if (!table || file.names.length === 0) return;
  if (file.names.some((name) => table.columns.has(folded(name)))) return;
  if (!file.arriving && !hasRowsBeside(store, table.name, file.own)) return;
  const columns = [...table.columns.values()].map((column) => column.name);
  throw new IngestError(
    'unrelated_columns',
    `It has no column in common with table ${table.name}: the file has ${list(file.names)}, the table ${list(columns)}.`,
    `Give it a table of its own in the config file: "tables": [{ "match": ${JSON.stringify(file.path)}, "table": "…" }].`,
  );
}

function hasRowsBeside(store: Store, table: string, own: RecordRange | null): boolean {
  const { first, last } = own ?? { first: 0, last: 0 };
  const others = store.db
    .prepare(
      `SELECT 1 FROM ${quoted(table)} WHERE _id < ? UNION ALL SELECT 1 FROM ${quoted(table)} WHERE _id > ? LIMIT 1`,
    )
    .get(first, last);
  return others !== undefined;
}

function list(names: readonly string[]): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}
