import type { FileEvent } from '../domain/event.js';
import type { Outcome, SourceFile } from '../domain/file.js';
import type { KnownFile } from '../store/knownFiles.js';
import type { Store } from '../store/store.js';
import { restore } from './content.js';
import { newEntry } from './entry.js';
import { resolveMaybeRenamed } from './gone.js';
import type { RunRecord } from './record.js';
import type { Survey } from './survey.js';

/** What settling the files that are not read needs to know. */
export interface UnreadSettings {
  readonly store: Store;
  readonly record: RunRecord;
  readonly runId: number;
  /** Whether the source is believed; otherwise its files are counted and nothing changes in the ledger. */
  readonly healthy: boolean;
  /** Whether the survey can tell a copy from a rename. */
  readonly tellsRenames: boolean;
}

/**
 * Settles the files of a source that need not or cannot be read, in the caller's transaction: unchanged ones (back from `missing`, or found to be renamed, if so), held ones, vanished ones, and names that are not UTF-8.
 */
export function settleUnread(found: Survey, settings: UnreadSettings): void {
  const { name } = found.source;
  for (const { path, size, table } of found.unchanged)
    count(settings.record, { source: name, path, size }, 'unchanged', 'unchanged', { table });
  for (const { file, entry } of found.doubted) settleDoubted(found, file, entry, settings);
  for (const { file, entry } of found.held) {
    const hint = 'If its loss of records is right, run again with --accept-shrink.';
    const error = { code: 'shrunk', message: entry.error ?? '', hint };
    count(settings.record, file, 'held', 'held', { table: entry.table, error });
  }
  for (const path of found.vanished) {
    count(settings.record, { source: name, path, size: 0 }, 'vanished', 'vanished');
  }
  for (const path of found.undecodable) enterUndecodable(name, path, settings);
}

function settleDoubted(found: Survey, file: SourceFile, entry: KnownFile, settings: UnreadSettings): void {
  const { store, record } = settings;
  if (entry.maybeRenamed === 1 && settings.tellsRenames) {
    const renamedFrom = resolveMaybeRenamed(store, found, entry.fileId);
    if (renamedFrom !== null) {
      count(record, file, 'renamed', 'renamed', { table: entry.table, renamedFrom });
      return;
    }
  }
  const current =
    entry.missingScans > 0 || entry.status === 'missing' ? store.ledger.get(entry.fileId) : null;
  if (settings.healthy && current) {
    current.missingScans = 0;
    restore(store, current);
  }
  count(record, file, 'unchanged', 'unchanged', { table: entry.table });
}

function enterUndecodable(source: string, path: string, settings: UnreadSettings): void {
  const { store, record, runId, healthy } = settings;
  const message = 'Its name is not UTF-8; the bytes are shown in hex.';
  const hint = 'Rename the file on the share.';
  const entry =
    store.ledger.find(source, path) ??
    newEntry({ source, path, size: 0, mtimeNs: 0n }, { table: '', reason: 'new', settingsHash: '', runId });
  entry.status = 'failed';
  entry.errorCode = 'name_not_utf8';
  entry.error = message;
  entry.attempts += 1;
  if (healthy) store.ledger.save(entry);
  count(record, { source, path, size: 0 }, 'failed', entry.reason, {
    error: { code: 'name_not_utf8', message, hint },
  });
}

function count(
  record: RunRecord,
  { source, path, size }: Pick<SourceFile, 'source' | 'path' | 'size'>,
  outcome: Outcome,
  reason: string,
  more: Partial<Pick<FileEvent, 'table' | 'error' | 'renamedFrom'>> = {},
): void {
  record.tally.seen(source);
  record.tally.outcome(source, outcome);
  record.announce({ type: 'file', source, path, outcome, reason, size, ...more });
}
