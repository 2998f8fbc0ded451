import { folded } from '../domain/columnName.js';
import type { Fingerprint } from '../domain/file.js';
import type { SegmentFile } from '../domain/segment.js';
import type { FileFailure, ReadResult, ReadWhole } from '../parse/job.js';
import type { SegmentTables } from '../store/arrival.js';
import { failpoint } from '../store/failpoint.js';
import type { LedgerEntry } from '../store/ledger.js';
import type { Store } from '../store/store.js';
import type { ColumnFinding, Steps, Table } from '../store/table.js';
import type { Candidate } from './candidate.js';
import { ownRange, releaseContent, restore, yieldRows } from './content.js';
import { deferFile, entryOf } from './defer.js';
import { clearTrouble } from './entry.js';
import { admitLists } from './lists.js';
import { type Placeable, type RejectSettings, tooManyRejects } from './rejectLimit.js';
import { unrelatedColumns } from './related.js';
import { type Postponed, type ReadFile, type Verdict, verdictOf } from './verdict.js';

type ParsedResult = Extract<ReadResult, { kind: 'parsed' }>;

/** What the run knows that decides about a file. */
export interface JudgeSettings extends RejectSettings {
  readonly store: Store;
  readonly runId: number;
  readonly acceptShrink: boolean;
  /** True when there is no later in this run: what cannot be judged now is held or deferred. */
  readonly final: boolean;
  /** Whether a path that the run's scans did not find has this content, so that a new path may be its new name. */
  readonly hasGoneTwin: (candidate: Candidate, sha256: string) => boolean;
  /** Whether a file still is where and what the ledger says. */
  readonly stands: (entry: LedgerEntry) => boolean;
  /** Whether the scan could tell a copy from a rename. */
  readonly tellsRenames: (candidate: Candidate) => boolean;
}

/** Rejects that are kept of a file that fails. */
const keptOfFailed = 100;

/**
 * Judges the files of one batch, one after the other, in the caller's transaction: writes their ledger entries, takes
 * out the rows they replace, makes their tables ready. Rows that come in are listed in `arrivals`; the caller places
 * them before it commits.
 */
export class Judge {
  readonly arrivals: (Placeable & { readonly table: Table })[] = [];

  constructor(
    readonly settings: JudgeSettings,
    readonly segment: SegmentTables,
  ) {}

  *judge(file: ReadFile): Steps<Verdict | Postponed> {
    const { candidate, result } = file;
    if (result.kind === 'vanished') return verdictOf(candidate, 'vanished');
    const entry = entryOf(this.settings.store, candidate, this.settings.runId);
    if (result.kind === 'failed') return this.#fail(file, entry, result.failure);
    if (result.kind === 'unsettled') return this.#unsettled(file);
    if (result.kind === 'same' || this.#hasContent(entry, file, result.sha256)) {
      return this.#same(candidate, entry, result);
    }
    return yield* this.#parsed(file, entry, result);
  }

  /** Enters a file that could not be judged as failed; the caller's transaction holds nothing else of it. */
  fail(file: ReadFile, failure: FileFailure): Verdict {
    return this.#fail(file, entryOf(this.settings.store, file.candidate, this.settings.runId), failure);
  }

  #hasContent(entry: LedgerEntry, { candidate }: ReadFile, sha256: string): boolean {
    return (
      candidate.known !== null && entry.sha256 === sha256 && entry.settingsHash === candidate.settingsHash
    );
  }

  *#parsed(file: ReadFile, entry: LedgerEntry, result: ParsedResult): Steps<Verdict | Postponed> {
    const { candidate } = file;
    const records = result.part.stored + result.part.rejected;
    const refusal = tooManyRejects(result.part.rejected, records, this.settings);
    if (refusal) return this.#fail(file, entry, refusal);
    if (entry.sha256 === null && this.settings.hasGoneTwin(candidate, result.sha256)) {
      return { candidate, outcome: 'postponed', why: 'rename', result };
    }
    if (this.#isShrunk(entry, result.sha256, records)) {
      if (!this.settings.final) return { candidate, outcome: 'postponed', why: 'shrunk', result };
      return this.#hold(candidate, entry, result.fingerprint, records);
    }
    return yield* this.#take(file, entry, result);
  }

  /** Replaces what the file had by what it has now. */
  *#take(file: ReadFile, entry: LedgerEntry, result: ParsedResult): Steps<Verdict> {
    const { store } = this.settings;
    const { candidate } = file;
    const inPlace =
      entry.sha256 === result.sha256 &&
      entry.settingsHash === candidate.settingsHash &&
      entry.duplicateOf === null;
    const original = inPlace ? undefined : this.#originalOf(candidate, entry, result.sha256);
    if (!original) this.#checkColumns(candidate, entry, result);
    const removed = entry.sha256 === null ? 0 : yield* releaseContent(store, entry, inPlace);
    const isNew = entry.loadedAt === null;
    // Of a file that was never seen there is nothing to take out.
    if (entry.fileId > 0) store.rejects.remove(entry.fileId);
    failpoint('after-remove');
    this.#describe(entry, candidate, result);
    const verdict = original
      ? this.#asDuplicate(candidate, entry, original, isNew)
      : this.#asLoaded(file, entry, result);
    verdict.rows.removed += removed;
    for (const warning of result.warnings) {
      verdict.warnings.push({
        ...warning,
        source: entry.source,
        message: `${entry.path}: ${warning.message}`,
      });
    }
    return verdict;
  }

  #originalOf(candidate: Candidate, entry: LedgerEntry, sha256: string): LedgerEntry | undefined {
    if (!candidate.rule.sharesContent) return undefined;
    const { ledger } = this.settings.store;
    const twin = ledger
      .withContent(sha256)
      .find((other) => other.fileId !== entry.fileId && other.settingsHash === candidate.settingsHash);
    return twin?.duplicateOf ? ledger.get(twin.duplicateOf) : twin;
  }

  #checkColumns(candidate: Candidate, entry: LedgerEntry, result: ParsedResult): void {
    const { stored, columns } = result.part;
    if (stored === 0) return;
    const { constants } = candidate;
    const table = candidate.rule.rule.table;
    const arriving = this.arrivals.some((other) => folded(other.table.name) === folded(table));
    const file = { path: entry.path, table, columns, constants, own: ownRange(entry), arriving };
    const unrelated = unrelatedColumns(this.settings.store, file);
    if (unrelated) throw unrelated;
  }

  #describe(entry: LedgerEntry, { rule, reason, settingsHash }: Candidate, result: ParsedResult): void {
    Object.assign(entry, {
      size: result.fingerprint.size,
      mtimeNs: result.fingerprint.mtimeNs,
      lookedAtNs: result.openedAtNs,
      sha256: result.sha256,
      table: rule.rule.table,
      reason,
      records: result.part.stored + result.part.rejected,
      settingsHash,
      missingScans: 0,
      maybeRenamed: 0,
      loadedAt: new Date().toISOString(),
      runId: this.settings.runId,
    });
    clearTrouble(entry);
  }

  #asDuplicate(candidate: Candidate, entry: LedgerEntry, original: LedgerEntry, isNew: boolean): Verdict {
    const { store } = this.settings;
    entry.duplicateOf = original.fileId;
    entry.maybeRenamed = isNew && !this.settings.tellsRenames(candidate) ? 1 : 0;
    restore(store, entry);
    return verdictOf(candidate, 'duplicate', { duplicateOf: original.path });
  }

  #asLoaded(file: ReadFile, entry: LedgerEntry, result: ParsedResult): Verdict {
    const { store, runId } = this.settings;
    const { part } = result;
    const records = part.stored + part.rejected;
    // A reject keeps a record id for the row that it may become.
    const tables = part.stored > 0 ? [entry.table] : [];
    const first = records > 0 ? store.takeRecordIds(records, tables) : null;
    entry.status = 'loaded';
    entry.firstRecord = first;
    entry.lastRecord = first === null ? null : first + records - 1;
    entry.rejected = part.rejected;
    // As it mostly is; rows that turn out to be shared are counted once they are placed.
    entry.rows = part.stored;
    const isKnown = entry.fileId > 0;
    store.ledger.save(entry);
    const verdict = verdictOf(file.candidate, 'loaded', {
      format: result.format,
      formatReasons: result.reasons,
    });
    const { dedupe, key } = file.candidate.rule.rule;
    const reading = { dedupe, key, ...result.reading };
    verdict.rows.parsed = records;
    verdict.rows.rejected = part.rejected;
    this.#takeRejects(file, entry, verdict, part.rejected, first === null ? null : first + part.stored);
    if (part.rejected > 0) store.rejects.noteReading(entry.fileId, reading);
    if (part.preamble > 0)
      store.preambles.take({ schema: this.segment.schema, file: part.file }, entry.fileId);
    if (first !== null && part.stored > 0) this.#admit(file, entry, verdict, { part, first, reading });
    if (isKnown) store.rejects.removeAllBut(entry.fileId, runId);
    return verdict;
  }

  /** Makes the tables ready for a file's records; a file without any leaves no mark on them. */
  #admit(
    { candidate }: ReadFile,
    { fileId, table: name }: LedgerEntry,
    verdict: Verdict,
    { part, first, reading }: { part: SegmentFile; first: number; reading: Placeable['reading'] },
  ): void {
    const { store } = this.settings;
    const { parse } = candidate.rule.rule;
    const { stretches, stored, shapes, columns } = part;
    const find = (finding: ColumnFinding) => verdict.findings.push(finding);
    const table = store.tables.admit(name, { fileId, columns, types: parse.types }, find);
    const lists = admitLists(store, { fileId, table: name, part, parse }, find);
    failpoint('after-admit');
    const arrival = { fileId, stretches, stored, firstRecord: first, shapes, lists };
    this.arrivals.push({ table, verdict, arrival, reading });
  }

  /** The content is what the database has; only the ledger changes. */
  #same(candidate: Candidate, entry: LedgerEntry, { fingerprint, openedAtNs }: ReadWhole): Verdict {
    const untouched = entry.size === fingerprint.size && entry.mtimeNs === fingerprint.mtimeNs;
    entry.size = fingerprint.size;
    entry.mtimeNs = fingerprint.mtimeNs;
    entry.lookedAtNs = openedAtNs;
    entry.missingScans = 0;
    clearTrouble(entry);
    this.settings.store.rejects.removeAllBut(entry.fileId, entry.runId);
    restore(this.settings.store, entry);
    return verdictOf(candidate, candidate.verify && untouched ? 'unchanged' : 'touched');
  }

  #unsettled({ candidate, result }: ReadFile): Verdict | Postponed {
    if (!this.settings.final) return { candidate, outcome: 'postponed', why: 'unsettled', result };
    return deferFile(this.settings.store, candidate, this.settings.runId);
  }

  #isShrunk(entry: LedgerEntry, sha256: string, records: number): boolean {
    if (this.settings.acceptShrink || entry.sha256 === null || entry.sha256 === sha256) return false;
    if (entry.records === 0 || records * 2 >= entry.records) return false;
    const others = this.settings.store.ledger.withContent(entry.sha256);
    return !others.some((other) => standsFor(other, entry) && this.settings.stands(other));
  }

  #hold(candidate: Candidate, entry: LedgerEntry, held: Fingerprint, records: number): Verdict {
    const { store } = this.settings;
    const message = `It shrank from ${entry.records} records to ${records}; its old rows stay.`;
    const hint = 'If that is right, run again with --accept-shrink.';
    yieldRows(store, entry);
    entry.status = 'held';
    entry.heldSize = held.size;
    entry.heldMtimeNs = held.mtimeNs;
    entry.errorCode = 'shrunk';
    entry.error = message;
    entry.attempts += 1;
    store.ledger.save(entry);
    return verdictOf(candidate, 'held', { error: { code: 'shrunk', message, hint } });
  }

  #fail(file: ReadFile, entry: LedgerEntry, failure: FileFailure): Verdict {
    const { store } = this.settings;
    const { code, message, hint } = failure;
    const assumed = failure.assumed ?? assumedOf(file.result);
    yieldRows(store, entry);
    entry.status = 'failed';
    entry.errorCode = code;
    entry.error = message;
    entry.attempts += 1;
    if (entry.sha256 === null) entry.runId = this.settings.runId;
    store.ledger.save(entry);
    const verdict = verdictOf(file.candidate, 'failed', {
      error: { code, message, ...(hint === null ? {} : { hint }), ...(assumed === null ? {} : { assumed }) },
    });
    if (entry.sha256 === null) store.rejects.remove(entry.fileId);
    else store.rejects.removeAllBut(entry.fileId, entry.runId);
    if (file.result.kind === 'parsed') this.#takeRejects(file, entry, verdict, keptOfFailed, null);
    return verdict;
  }

  #takeRejects(
    file: ReadFile,
    entry: LedgerEntry,
    verdict: Verdict,
    limit: number,
    firstRecord: number | null,
  ): void {
    if (file.result.kind !== 'parsed' || file.result.part.rejected === 0) return;
    const from = { schema: this.segment.schema, file: file.result.part.file, limit, firstRecord };
    this.settings.store.rejects.take(from, entry.fileId, this.settings.runId, (reject) => {
      verdict.rejects.push({ type: 'reject', source: entry.source, path: entry.path, ...reject });
    });
  }
}

/** How a file was read that fails for another reason. */
function assumedOf(result: ReadResult): string | null {
  return result.kind === 'parsed' ? result.reading.assumed : null;
}

/** Whether another path has the content that a file had, as after a log rotation. */
function standsFor(other: LedgerEntry, entry: LedgerEntry): boolean {
  const present = other.status === 'loaded' || other.status === 'duplicate';
  return present && other.fileId !== entry.fileId && other.settingsHash === entry.settingsHash;
}
