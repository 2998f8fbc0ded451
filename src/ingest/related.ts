import { folded } from '../domain/columnName.js';
import { IngestError } from '../domain/errors.js';
import { quoted } from '../store/sql.js';
import type { Store } from '../store/store.js';
import type { RecordRange } from '../store/table.js';

/** A file with records on their way into a table. */
export interface Arriving {
  readonly path: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string }[];
  /** Columns that the file does not have of itself, as those from its path. */
  readonly constants: readonly (readonly [name: string, value: string])[];
  /** The rows of the version it replaces. */
  readonly own: RecordRange | null;
  /** Whether rows of other files are on their way into the same table. */
  readonly arriving: boolean;
}

/** Names that an error shows of a longer list. */
const shown = 5;

/**
 * The IngestError `unrelated_columns` for a file that shares no column with a table that has rows of other files, as two
 * things in one table serve nobody; null for any other. Only files with records are to be asked about: those without
 * one put nothing into the table.
 */
export function unrelatedColumns(store: Store, file: Arriving): IngestError | null {
  const table = store.tables.find(file.table);
  const constants = new Set(file.constants.map(([name]) => name));
  const names = file.columns.map(({ name }) => name).filter((name) => !constants.has(name));
  if (!table || names.length === 0) return null;
  if (names.some((name) => table.columns.has(folded(name)))) return null;
  if (!file.arriving && !hasRowsBeside(store, table.name, file.own)) return null;
  const columns = [...table.columns.values()].map((column) => column.name);
  return new IngestError(
    'unrelated_columns',
    `It has no column in common with table ${table.name}: the file has ${list(names)}, the table ${list(columns)}.`,
    `Give it a table of its own in the config file, before any other entry that matches it: "tables": [{ "match": ${JSON.stringify(file.path)}, "table": "…" }, …].`,
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
