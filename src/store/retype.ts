import { folded } from '../domain/columnName.js';
import type { ColumnType } from './columnType.js';
import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';
import { withTypes } from './tableSql.js';

/**
 * Gives columns a wider type by rebuilding their table, as SQLite has no other way: values keep what they say
 * (a REAL becomes its shortest text), and the user's constraints, indexes, triggers and views stay. Part of the caller's
 * transaction. `types` is by folded name.
 */
export function retypeColumns(db: Connection, table: Table, types: ReadonlyMap<string, ColumnType>): void {
  const columns = db
    .prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid')
    .pluck()
    .all(table.name) as string[];
  const written = db
    .prepare("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE")
    .pluck()
    .get(table.name) as string;
  const belongings = db
    .prepare(
      "SELECT sql FROM sqlite_master WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger') AND sql IS NOT NULL",
    )
    .pluck()
    .all(table.name) as string[];
  const rebuilt = quoted(`_ingest_rebuilt_${table.name}`);
  const names = columns.map(quoted).join(', ');

  db.exec(withTypes(written, `_ingest_rebuilt_${table.name}`, types));
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

function value(column: string, types: ReadonlyMap<string, ColumnType>): string {
  return types.get(folded(column)) === 'TEXT' ? `shortest_text(${quoted(column)})` : quoted(column);
}
