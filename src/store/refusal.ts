import { messageOf, systemCode } from '../domain/errors.js';
import type { Connection } from './database.js';

/** A record that the database itself refused, by a CHECK, NOT NULL, UNIQUE or trigger of the user's. */
export interface Refused {
  /** Its place in the segment. */
  readonly n: number;
  readonly shape: number;
  /** In SQLite's words. */
  readonly reason: string;
}

/** Whether an error speaks of rows, so that others may be taken. */
export function isRefusal(error: unknown): boolean {
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(systemCode(error));
}

/** Rows that are tried together after a larger number was refused: halves, then 100, 50, 10 and one. */
export function nextRung(rows: number): number {
  if (rows > 200) return Math.ceil(rows / 2);
  return [100, 50, 10, 1].find((rung) => rung < rows) ?? 1;
}

/**
 * Runs `insert` over the range of `n` in ever smaller parts until the rows at fault stand alone, and gives each to
 * `refuse`; all others are inserted. Throws what is no refusal, or ended the transaction.
 */
export function climbDown(
  db: Connection,
  [first, last]: readonly [number, number],
  insert: (first: number, last: number) => void,
  refuse: (n: number, reason: string) => void,
): void {
  const error = attempt(db, () => insert(first, last));
  if (error === null) return;
  if (!isRefusal(error) || !db.inTransaction) throw error;
  if (first === last) {
    refuse(first, messageOf(error));
    return;
  }
  const rung = nextRung(last - first + 1);
  for (let from = first; from <= last; from += rung) {
    climbDown(db, [from, Math.min(last, from + rung - 1)], insert, refuse);
  }
}

/** What `work` threw, and nothing of it done; null if all went well. */
function attempt(db: Connection, work: () => void): unknown {
  db.exec('SAVEPOINT rung');
  try {
    work();
    db.exec('RELEASE rung');
    return null;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK TO rung; RELEASE rung');
    return error;
  }
}
