import type Database from 'better-sqlite3';

const ownColumns = new Set(['_id', '_file_id', '_line', '_parent_id']);
const integer = /^-?(?:0|[1-9]\d*)$/;
const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * What a stored value says, whatever its column's type is today: a number by its value (1, 1.0 and the text "1.0" say
 * the same, as a column may have been REAL in between), any other text as it is. A text such as "01" is no such
 * number: it forces its column to be TEXT in every history, so it is compared as written.
 */
function saidBy(value: unknown): string {
  if (typeof value === 'bigint') return `number ${value}`;
  if (typeof value === 'number') return numberText(value);
  const text = String(value);
  if (integer.test(text) && text !== '-0') return `number ${BigInt(text)}`;
  return decimal.test(text) && text.replace(/\D/g, '').length <= 15
    ? numberText(Number(text))
    : `text ${text}`;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? `number ${BigInt(value)}` : `number ${value}`;
}

/**
 * The rows of every data table by what the user's columns say, those of child tables with the row they lie in; empty
 * cells and empty tables are left out.
 */
export function contentOf(db: Database.Database): Record<string, string[]> {
  const tables = db
    .prepare('SELECT DISTINCT table_name FROM _ingest_columns ORDER BY 1')
    .pluck()
    .all() as string[];
  const texts = new Map<string, Map<bigint, string>>();
  const contents = tables.map((table): [string, string[]] => {
    return [table.toLowerCase(), [...textsOf(db, table, texts).values()].sort()];
  });
  return Object.fromEntries(contents.filter(([, rows]) => rows.length > 0));
}

/** What each row of a table says, by its `_id`. */
function textsOf(
  db: Database.Database,
  table: string,
  known: Map<string, Map<bigint, string>>,
): Map<bigint, string> {
  const found = known.get(table.toLowerCase());
  if (found) return found;
  const parent = db
    .prepare('SELECT parent_table FROM _ingest_child_tables WHERE table_name = ?')
    .pluck()
    .get(table);
  const parents = typeof parent === 'string' ? textsOf(db, parent, known) : null;
  const rows = db.prepare(`SELECT * FROM "${table}"`).safeIntegers().all() as Record<string, unknown>[];
  const texts = new Map<bigint, string>();
  for (const row of rows) {
    const place = parents ? ` in ${parents.get(row._parent_id as bigint) ?? 'nothing'}` : '';
    texts.set(row._id as bigint, rowText(row) + place);
  }
  known.set(table.toLowerCase(), texts);
  return texts;
}

function rowText(row: Record<string, unknown>): string {
  const cells = Object.entries(row)
    .filter(([name, value]) => value !== null && !ownColumns.has(name))
    .map(([name, value]) => `${name.toLowerCase()} = ${saidBy(value)}`);
  return cells.sort().join('; ');
}
