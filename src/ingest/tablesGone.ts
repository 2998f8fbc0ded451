import { forgetDroppedTables } from '../store/dropped.js';
import type { Store } from '../store/store.js';
import type { RunRecord } from './record.js';

/** Before a run: what somebody dropped is loaded again, and the summary says so. */
export async function forgetTablesGone(store: Store, record: RunRecord): Promise<void> {
  for (const table of await store.transaction(() => forgetDroppedTables(store.db))) {
    record.warn({
      code: 'table_gone',
      message: `Table ${table} is not there any more: its files are loaded again.`,
      table,
    });
  }
}
