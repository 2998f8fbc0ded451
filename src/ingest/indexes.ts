import { ensureIndexes } from '../store/indexes.js';
import type { Store } from '../store/store.js';
import type { PlannedSource } from './plan.js';

/** Makes the indexes that the sources ask for. */
export function makeIndexes(store: Store, sources: readonly PlannedSource[]): void {
  for (const { settings } of sources) {
    for (const { table, indexes } of settings.tables) ensureIndexes(store.db, store.tables, table, indexes);
  }
}
