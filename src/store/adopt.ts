import { folded } from '../domain/columnName.js';
import type { ColumnType } from './columnType.js';
import type { Connection } from './database.js';
import { quoted } from './sql.js';
import type { Column } from './table.js';

/** The columns of a data table that a user made, or added to it, and that no file has filled yet. */
export function columnsOfUser(
  db: Connection,
  table: string,
  recorded: ReadonlySet<string>,
  ownColumns: readonly string[],
): Column[] {
  const columns = db.prepare('SELECT name, type AS declared FROM pragma_table_info(?)').all(table) as {
    name: string;
    declared: string;
  }[];
  const own: ReadonlySet<string> = new Set(ownColumns);
  return columns
    .filter(({ name }) => !own.has(folded(name)) && !recorded.has(folded(name)))
    .map(({ name, declared }) => {
      const type = affinityOf(declared);
      return {
        name,
        type,
        undecided: false,
        byUser: true,
        longIntegers: type === 'INTEGER' && hasLongIntegers(db, table, name),
      };
    });
}

/** What SQLite makes of a declared type; its NUMERIC is taken as INTEGER, since it stores integers so. */
function affinityOf(declared: string): ColumnType {
  const type = declared.toUpperCase();
  if (type.includes('INT')) return 'INTEGER';
  if (/CHAR|CLOB|TEXT|BLOB/.test(type) || type === '' || type === 'ANY') return 'TEXT';
  return /REAL|FLOA|DOUB/.test(type) ? 'REAL' : 'INTEGER';
}

function hasLongIntegers(db: Connection, table: string, column: string): boolean {
  const name = quoted(column);
  const found = db
    .prepare(
      `SELECT 1 FROM ${quoted(table)} WHERE typeof(${name}) = 'integer'
       AND ${name} NOT BETWEEN -999999999999999 AND 999999999999999 LIMIT 1`,
    )
    .get();
  return found !== undefined;
}
