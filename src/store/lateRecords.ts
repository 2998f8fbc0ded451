import { folded } from '../domain/columnName.js';
import type { Connection } from './database.js';

/** `_ingest_late_records`: records that got an identity after the lookup table of their data table had passed them. */
export class LateRecords {
  constructor(
    readonly db: Connection,
    readonly table: string,
  ) {}

  add(record: number): void {
    this.db
      .prepare('INSERT OR IGNORE INTO _ingest_late_records VALUES (?, ?)')
      .run(folded(this.table), record);
  }

  /** In order. */
  all(): number[] {
    return this.db
      .prepare('SELECT record_id FROM _ingest_late_records WHERE table_name = ? ORDER BY record_id')
      .pluck()
      .all(folded(this.table)) as number[];
  }

  clear(): void {
    this.db.prepare('DELETE FROM _ingest_late_records WHERE table_name = ?').run(folded(this.table));
  }
}
