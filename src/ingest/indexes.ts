import type { Warning } from '../domain/event.js';
import { ensureIndexes } from '../store/indexes.js';
import type { Store } from '../store/store.js';
import type { PlannedSource } from './plan.js';

/** Makes the indexes that the sources ask for; returns warnings of those whose columns their tables do not have. */
export function makeIndexes(store: Store, sources: readonly PlannedSource[]): Warning[] {
  const rules = sources.flatMap(({ settings }) => settings.tables);
  return rules.flatMap(({ table, indexes }) =>
    ensureIndexes(store.db, store.tables, table, indexes).map((columns) => absentColumns(table, columns)),
  );
}

function absentColumns(table: string, columns: readonly string[]): Warning {
  return {
    code: 'index_not_made',
    message: `Table ${table} has no index on ${columns.join(', ')}: it does not have all of these columns.`,
    hint: 'Mend "indexes", unless files to come bring them.',
    table,
  };
}
