import type { LedgerEntry } from '../store/ledger.js';
import type { Store } from '../store/store.js';
import type { Candidate } from './candidate.js';
import { yieldRows } from './content.js';
import { newEntry } from './entry.js';
import { type Verdict, verdictOf } from './verdict.js';

/** Enters a file that is still being written; the next run takes it. */
export function deferFile(store: Store, candidate: Candidate, runId: number): Verdict {
  const entry = entryOf(store, candidate, runId);
  const message = 'It changed while it was looked at; the next run takes it.';
  yieldRows(store, entry);
  entry.status = 'deferred';
  entry.errorCode = 'unsettled';
  entry.error = message;
  entry.attempts += 1;
  store.ledger.save(entry);
  return verdictOf(candidate, 'deferred', { error: { code: 'unsettled', message } });
}

/** The entry of a file, a new one if it was never seen. */
export function entryOf(
  store: Store,
  { file, rule, reason, settingsHash }: Candidate,
  runId: number,
): LedgerEntry {
  const about = { table: rule.rule.table, reason, settingsHash, runId };
  return store.ledger.find(file.source, file.path) ?? newEntry(file, about);
}
