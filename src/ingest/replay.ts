import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { IngestError } from '../domain/errors.js';
import { noRows, type RejectEvent, type RowCounts, type Warning } from '../domain/event.js';
import type { ParseSettings, SourceSettings } from '../domain/settings.js';
import { matcher } from '../share/scan.js';
import { thisSystem } from '../share/system.js';
import { makeTemporaryFolder } from '../store/database.js';
import type { LedgerEntry } from '../store/ledger.js';
import { takeLock } from '../store/lock.js';
import { type RejectChoice, type RejectFacts, rejectFacts } from '../store/rejectFacts.js';
import type { StoredReject } from '../store/rejects.js';
import { Store } from '../store/store.js';
import { ColumnNotes } from './columnNotes.js';
import { enterAgain } from './enterAgain.js';
import { asIngestError } from './record.js';
import { databasePlace } from './run.js';

export interface ReplaySettings {
  /** Absolute path of an existing database. */
  readonly db: string;
  readonly choice: RejectChoice;
  /** The sources of the config file. */
  readonly sources: readonly SourceSettings[];
  /** For files of other sources. */
  readonly otherwise: ParseSettings;
}

/** What a replay came to: `parsed` were tried, `removed` gave way to later records of their own file. */
export interface Replayed {
  readonly rows: RowCounts;
  /** What is still rejected, as far as it was chosen. */
  readonly rejects: readonly RejectEvent[];
  readonly warnings: readonly Warning[];
}

/**
 * Tries rejects again under today's settings, from the text that was kept of them: no share is looked at. Those that
 * load now become rows of their file, each file in a transaction of its own. Throws IngestError `locked` while a run
 * goes on; aborting `signal` rolls back the file under way and throws its reason.
 */
export async function replay(settings: ReplaySettings, signal: AbortSignal): Promise<Replayed> {
  const db = await databasePlace(settings.db, thisSystem);
  const lock = await takeLock(db);
  try {
    const folder = makeTemporaryFolder(db, false);
    const store = Store.open({
      path: db,
      dryRun: false,
      folder: folder.path,
      pause: (ms) => thisSystem.pause(ms, signal),
    });
    try {
      return await replayAll(store, folder.path, settings, signal);
    } finally {
      store.close();
      folder.remove();
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : asIngestError(error, db);
  } finally {
    lock.release();
  }
}

async function replayAll(
  store: Store,
  folder: string,
  { choice, sources, otherwise }: ReplaySettings,
  signal: AbortSignal,
): Promise<Replayed> {
  const rows = noRows();
  const rejects: RejectEvent[] = [];
  const notes = new ColumnNotes();
  for (const [fileId, chosen] of byFile(rejectFacts(store.db, choice))) {
    signal.throwIfAborted();
    const entry = store.ledger.get(fileId);
    if (!entry) continue;
    const parse = parseOf(entry, sources) ?? otherwise;
    const segmentPath = join(folder, 'replay.segment');
    rmSync(segmentPath, { force: true });
    const tried = store.rejects.of(fileId).filter(({ rejectId }) => chosen.has(rejectId));
    const one = await enterAgain({ store, entry, rejects: tried, parse, segmentPath, signal });
    rows.parsed += tried.length;
    rows.inserted += one.inserted;
    rows.deduplicated += one.deduplicated;
    rows.removed += one.withdrawn + one.displaced;
    rows.rejected += one.rejected.length;
    for (const reject of one.rejected) rejects.push(rejectEvent(entry, reject));
    notes.add(one.findings);
  }
  checkReplay(rows);
  return { rows, rejects, warnings: notes.warnings() };
}

function byFile(facts: Iterable<RejectFacts>): Map<number, Set<number>> {
  const files = new Map<number, Set<number>>();
  for (const { fileId, rejectId } of facts) {
    const chosen = files.get(fileId);
    if (chosen) chosen.add(rejectId);
    else files.set(fileId, new Set([rejectId]));
  }
  return files;
}

function rejectEvent({ source, path }: LedgerEntry, reject: StoredReject): RejectEvent {
  const { line, byteOffset, column, code, message, raw } = reject;
  return { type: 'reject', source, path, line, byteOffset, column, code, message, raw };
}

/** How today's settings would read a file; undefined when no configured source has it. */
function parseOf(entry: LedgerEntry, sources: readonly SourceSettings[]): ParseSettings | undefined {
  const source = sources.find(({ name }) => name === entry.source);
  return source?.tables.find(({ match }) => matcher([match])(entry.path))?.parse;
}

function checkReplay({ parsed, inserted, deduplicated, rejected }: RowCounts): void {
  if (parsed === inserted + deduplicated + rejected) return;
  const hint =
    'This is a bug: please report it with the output of this run. What is in the database is whole.';
  throw new IngestError('balance', `The replay does not add up: ${parsed} records tried.`, hint);
}
