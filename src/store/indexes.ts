import { folded } from '../domain/columnName.js';
import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Tables } from './tables.js';

/**
 * Makes the indexes that the config file asks for, each as soon as its table has all of its columns; returns the columns
 * of those whose table is there without them.
 */
export function ensureIndexes(
  db: Connection,
  tables: Tables,
  tableName: string,
  indexes: readonly (readonly string[])[],
): (readonly string[])[] {
  const table = tables.find(tableName);
  if (!table) return [];
  const absent: (readonly string[])[] = [];
  for (const columns of indexes) {
    if (!columns.every((column) => table.columns.has(folded(column)))) {
      absent.push(columns);
      continue;
    }
    const name = `${table.name} by ${columns.join(', ')}`;
    db.exec(
      `CREATE INDEX IF NOT EXISTS ${quoted(name)} ON ${quoted(table.name)} (${columns.map(quoted).join(', ')})`,
    );
  }
  return absent;
}
