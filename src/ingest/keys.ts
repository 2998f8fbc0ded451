import { folded } from '../domain/columnName.js';
import type { Warning } from '../domain/event.js';
import type { Store } from '../store/store.js';
import type { PlannedSource } from './plan.js';

/** Warns of key columns that no file has brought, where others alone tell the records of their table apart. */
export function warnOfKeys(store: Store, sources: readonly PlannedSource[]): Warning[] {
  const rules = sources.flatMap(({ settings }) => settings.tables);
  return rules.flatMap(({ table, dedupe, key }) => {
    const columns = dedupe === 'key' ? store.tables.find(table)?.columns : undefined;
    if (!columns) return [];
    const isThere = (column: string) => columns.has(folded(column));
    const absent = key.filter((column) => !isThere(column));
    return absent.length === 0 ? [] : [absentKey(table, absent, key.filter(isThere))];
  });
}

function absentKey(table: string, absent: readonly string[], present: readonly string[]): Warning {
  const told =
    present.length === 0 ? 'no record has a key' : `${present.join(', ')} alone tells records apart`;
  return {
    code: 'key_absent',
    message: `Table ${table} has no column ${absent.join(', ')}, which "key" names: ${told}.`,
    hint: 'Mend "key", unless files to come bring the column; then load all again with --force.',
    table,
  };
}
