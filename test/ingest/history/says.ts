import type Database from 'better-sqlite3';

const ownColumns = new Set(['_id', '_file_id', '_line']);
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

/** The rows of every data table by what the user's columns say; empty cells and empty tables are left out. */
export function contentOf(db: Database.Database): Record<string, string[]> {
  const tables = db
    .prepare('SELECT DISTINCT table_name FROM _ingest_columns ORDER BY 1')
    .pluck()
    .all() as string[];
  const contents = tables.map((table): [string, string[]] => {
    const rows = db.prepare(`SELECT * FROM "${table}"`).safeIntegers().all() as Record<string, unknown>[];
    return [table.toLowerCase(), rows.map(rowText).sort()];
  });
  return Object.fromEntries(contents.filter(([, rows]) => rows.length > 0));
}

function rowText(row: Record<string, unknown>): string {
  const cells = Object.entries(row)
    .filter(([name, value]) => value !== null && !ownColumns.has(name))
    .map(([name, value]) => `${name.toLowerCase()} = ${saidBy(value)}`);
  return cells.sort().join('; ');
}
