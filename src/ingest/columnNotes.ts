import type { Warning } from '../domain/event.js';
import type { ColumnFinding } from '../store/table.js';

/** What a run's files had to say about the types of columns, each column once. */
export class ColumnNotes {
  readonly #widened = new Map<string, ColumnFinding>();
  readonly #words = new Map<string, ColumnFinding>();

  add(findings: readonly ColumnFinding[]): void {
    for (const finding of findings) {
      const key = JSON.stringify([finding.table, finding.column]);
      const found = finding.kind === 'widened' ? this.#widened : this.#words;
      const words = (found.get(key)?.words ?? 0) + finding.words;
      found.set(key, { ...finding, ...found.get(key), words });
    }
  }

  warnings(): Warning[] {
    const words = [...this.#words].filter(([key]) => !this.#widened.has(key));
    return [
      ...[...this.#widened.values()].map(widenedWarning),
      ...words.map(([, finding]) => wordsWarning(finding)),
    ];
  }
}

function widenedWarning({ table, column, from, example }: ColumnFinding): Warning {
  const why =
    example === '' ? 'a value would have lost digits' : `${shown(example)} would have said something else`;
  return {
    code: 'widened_column',
    message: `Column ${column} of table ${table} is TEXT from now on: as ${from}, ${why}.`,
    hint: `To have it so from the start, set "types": {${JSON.stringify(column)}: "text"}.`,
    table,
  };
}

function wordsWarning({ table, column, to, words, example }: ColumnFinding): Warning {
  const values = words === 1 ? '1 value that is no number' : `${words} values that are no numbers`;
  return {
    code: 'words_in_numbers',
    message: `Column ${column} of table ${table} (${to}) holds ${values}, kept as text: ${shown(example)}.`,
    hint: `If they mean that there is no value, set "nulls": ["", ${JSON.stringify(example)}].`,
    table,
  };
}

function shown(example: string): string {
  return JSON.stringify(example.length > 40 ? `${example.slice(0, 39)}…` : example);
}
