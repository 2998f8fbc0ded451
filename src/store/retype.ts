import { folded } from '../domain/columnName.js';
import type { ColumnType } from './columnType.js';
import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

interface SchemaColumn {
  readonly name: string;
  readonly declared: string;
}

/**
 * Gives columns a wider type by rebuilding their table, as SQLite has no other way: values keep what they say
 * (a REAL becomes its shortest text), and the user's indexes, triggers and views stay. Part of the caller's
 * transaction. `types` is by folded name.
 */
export function retypeColumns(db: Connection, table: Table, types: ReadonlyMap<string, ColumnType>): void {
  const columns = db
    .prepare('SELECT name, type AS declared FROM pragma_table_info(?) ORDER BY cid')
    .all(table.name) as SchemaColumn[];
  const belongings = db
    .prepare(
      "SELECT sql FROM sqlite_master WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL",
    )
    .pluck()
    .all(table.name) as string[];
  const rebuilt = quoted(`_ingest_rebuilt_${table.name}`);
  const names = columns.map((column) => quoted(column.name)).join(', ');

  db.exec(`CREATE TABLE ${rebuilt} (${columns.map((column) => declaration(column, types)).join(', ')})`);
  db.exec(
    `INSERT INTO ${rebuilt} (${names}) SELECT ${columns.map((column) => value(column, types)).join(', ')}
     FROM ${quoted(table.name)} ORDER BY _id`,
  );
  // Under the legacy rules a drop and a rename leave views and other tables' triggers as they are written.
  db.pragma('legacy_alter_table = ON');
  try {
    db.exec(`DROP TABLE ${quoted(table.name)}`);
    db.exec(`ALTER TABLE ${rebuilt} RENAME TO ${quoted(table.name)}`);
  } finally {
    db.pragma('legacy_alter_table = OFF');
  }
  for (const sql of belongings) db.exec(sql);
}

function declaration(column: SchemaColumn, types: ReadonlyMap<string, ColumnType>): string {
  if (column.name === '_id') return '_id INTEGER PRIMARY KEY';
  return `${quoted(column.name)} ${types.get(folded(column.name)) ?? column.declared}`;
}

function value(column: SchemaColumn, types: ReadonlyMap<string, ColumnType>): string {
  const name = quoted(column.name);
  return types.get(folded(column.name)) === 'TEXT' ? `shortest_text(${name})` : name;
}
