import type { ColumnCheck } from '../domain/settings.js';
import type { Cell, RecordProblem } from '../format/record.js';

/** Says what is wrong with a record by the `validate` setting, or null. */
export type Check = (cells: readonly Cell[]) => RecordProblem | null;

/** The checks of a file's columns, or null where none is set. */
export function compileChecks(
  columns: readonly string[],
  validate: Readonly<Record<string, ColumnCheck>>,
  decimalComma: boolean,
): Check | null {
  const set = Object.entries(validate);
  if (set.length === 0) return null;
  const places = new Map(columns.map((name, index) => [name.toLowerCase(), index]));
  const checks = set.map(([name, check]) => {
    const place = places.get(name.toLowerCase()) ?? -1;
    return { name, place, breach: breachOf(check, decimalComma) };
  });
  return (cells) => {
    for (const { name, place, breach } of checks) {
      const cell = cells[place] ?? null;
      const rule = breach(cell);
      if (rule !== null) return problem(name, cell, rule);
    }
    return null;
  };
}

function problem(column: string, cell: Cell, rule: string): RecordProblem {
  const value =
    cell === null ? 'is empty' : `is ${JSON.stringify(cell.length > 80 ? `${cell.slice(0, 79)}…` : cell)}`;
  return {
    code: 'invalid_value',
    column,
    message: `${column} ${value}: ${rule}. Mend the value, or change "validate" for ${JSON.stringify(column)}.`,
  };
}

/** The rule that a value breaks, in words, or null. */
function breachOf(check: ColumnCheck, decimalComma: boolean): (cell: Cell) => string | null {
  const { required = false, min, max, pattern, oneOf } = check;
  const expression = pattern === undefined ? null : new RegExp(pattern, 'u');
  const allowed = oneOf === undefined ? null : new Set(oneOf.map(String));
  return (cell) => {
    if (cell === null || cell === '') return required ? 'a value is required' : null;
    const number = numberOf(cell, decimalComma);
    if (min !== undefined && !(number >= min)) return `the least allowed is ${min}`;
    if (max !== undefined && !(number <= max)) return `the most allowed is ${max}`;
    if (expression && !expression.test(cell)) return `it must match ${pattern}`;
    return allowed && !allowed.has(cell) ? `allowed are ${[...allowed].join(', ')}` : null;
  };
}

/** NaN for what is no number: it lies between no bounds. */
function numberOf(cell: string, decimalComma: boolean): number {
  const text = cell.trim();
  if (text === '') return Number.NaN;
  return Number(decimalComma && !text.includes('.') ? text.replace(',', '.') : text);
}
