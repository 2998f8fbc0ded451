import { join } from 'node:path';
import { ExitCode } from '../domain/errors.js';
import type { Announce, Summary } from '../domain/event.js';
import { sameFingerprint } from '../domain/file.js';
import type { RunSettings } from '../domain/settings.js';
import type { Pool } from '../parse/pool.js';
import { fingerprintOf } from '../share/read.js';
import { failpoint } from '../store/failpoint.js';
import type { LedgerEntry } from '../store/ledger.js';
import type { Store } from '../store/store.js';
import type { Candidate } from './candidate.js';
import { goneTwins, noteMissing, rename, sawAll, tellsRenames, whyTooFew } from './gone.js';
import { exitCodeOf, setAside, warnOfScan } from './health.js';
import { makeIndexes } from './indexes.js';
import { deferFile } from './judge.js';
import { load } from './load.js';
import { inOrder, newTablesByPath, tablesOf } from './order.js';
import type { PlannedSource } from './plan.js';
import { asIngestError, RunRecord } from './record.js';
import { settled } from './settle.js';
import { breathing } from './steps.js';
import { type Survey, spanOf, survey } from './survey.js';
import { forgetTablesGone } from './tablesGone.js';
import { settleUnread } from './unread.js';
import { type Postponed, verdictOf } from './verdict.js';

export interface SessionParts {
  readonly settings: RunSettings;
  readonly sources: readonly PlannedSource[];
  readonly store: Store;
  readonly pool: Pool;
  /** Where segments lie. */
  readonly folder: string;
  readonly announce: Announce;
  /** Aborted with an ExitCode as reason when the run is to end soon. */
  readonly signal: AbortSignal;
}

/** One run over its sources, once the database is open: the order in which things happen. */
export class Session {
  readonly #parts: SessionParts;
  readonly #record: RunRecord;
  readonly #runId: number;
  readonly #startedAt = new Date().toISOString();
  /** By source name. */
  readonly #surveys = new Map<string, Survey>();
  /** Tables that had no columns when the run began. */
  #newTables: ReadonlySet<string> = new Set();

  constructor(parts: SessionParts) {
    const { store, settings, announce } = parts;
    this.#parts = parts;
    this.#runId = store.runs.begin(this.#startedAt);
    this.#record = new RunRecord(announce, settings.dryRun ? null : this.#runId);
  }

  /** Returns the summary, after announcing it. Throws what ended the run early, after the summary too. */
  async run(): Promise<Summary> {
    try {
      await this.#work();
    } catch (error) {
      if (!this.#parts.signal.aborted) {
        const known = asIngestError(error, this.#parts.store.path);
        this.#finish(known.exitCode);
        throw known;
      }
    }
    const { signal } = this.#parts;
    const aborted = signal.aborted ? (signal.reason as ExitCode) : null;
    return this.#finish(aborted ?? exitCodeOf(this.#record.tally, [...this.#surveys.values()]));
  }

  async #work(): Promise<void> {
    const { sources } = this.#parts;
    await forgetTablesGone(this.#parts.store, this.#record);
    for (const source of sources) await this.#survey(source);
    await this.#judgeHealth();
    const candidates = this.#select();
    await this.#settleUnread();
    await this.#load(candidates);
    await this.#noteMissing();
    makeIndexes(this.#parts.store, sources);
    this.#noteComplete();
    this.#record.warnOfDuplicates();
    this.#record.warnOfColumns();
    failpoint('before-finish');
  }

  async #survey(source: PlannedSource): Promise<void> {
    const { settings, store } = this.#parts;
    const started = performance.now();
    const known = store.sources.find(source.name);
    const found = await survey(source, {
      ledger: store.ledger,
      runId: this.#runId,
      span: spanOf(settings.span, known?.lastCompleteAt ?? null, source.settings.settleMs),
      force: settings.force,
      checksum: settings.checksum,
      acceptShrink: settings.acceptShrink,
      concurrency: settings.concurrency,
      signal: this.#parts.signal,
    });
    this.#surveys.set(source.name, found);
    this.#record.tally.source(source.name);
    this.#record.tally.skipped += found.skipped;
    this.#record.stages.scan += (performance.now() - started) / 1000;
  }

  /** Sets aside sources that cannot be believed; enters the others into the database. */
  async #judgeHealth(): Promise<void> {
    const { store, settings } = this.#parts;
    for (const found of this.#surveys.values()) {
      const { name, folder } = found.source;
      const tooFew = found.unreachable === null && !settings.acceptShrink ? whyTooFew(store, found) : null;
      if (found.unreachable !== null) setAside(this.#record, found, 'unreachable', found.unreachable);
      else if (tooFew !== null) setAside(this.#record, found, 'unhealthy', tooFew);
      else {
        await store.transaction(() => store.sources.save(name, folder, found.source.settings.configured));
        warnOfScan(this.#record, found);
      }
    }
  }

  #isHealthy(found: Survey): boolean {
    return this.#record.tally.source(found.source.name).state === 'healthy';
  }

  #healthy(): Survey[] {
    return [...this.#surveys.values()].filter((found) => this.#isHealthy(found));
  }

  /** The candidates of this run in their order; those of sources set aside are counted as deferred. */
  #select(): Candidate[] {
    const { settings } = this.#parts;
    const all = [...this.#surveys.values()].flatMap((found) => found.candidates);
    const chosen = inOrder(all, settings.order).slice(0, settings.limit ?? all.length);
    this.#record.open(chosen);
    const healthy = chosen.filter((candidate) => this.#isHealthy(this.#surveyOf(candidate)));
    const { tables } = this.#parts.store;
    this.#newTables = new Set(tablesOf(healthy).filter((table) => !tables.find(table)?.columns.size));
    return newTablesByPath(healthy, this.#newTables);
  }

  async #settleUnread(): Promise<void> {
    const { store } = this.#parts;
    await store.transaction(() => {
      for (const found of this.#surveys.values()) {
        const healthy = this.#isHealthy(found);
        settleUnread(found, {
          store,
          record: this.#record,
          runId: this.#runId,
          healthy,
          tellsRenames: healthy && tellsRenames(found, this.#isFiltered()),
        });
      }
    });
  }

  /** Loads what is settled, then what had to wait, then what turned out to need another look. */
  async #load(candidates: readonly Candidate[]): Promise<void> {
    const isYoung = (candidate: Candidate) => this.#surveyOf(candidate).settling.has(candidate);
    const first = await this.#pass(
      candidates.filter((candidate) => !isYoung(candidate)),
      false,
      true,
    );
    const { ready, moving } = await settled(candidates.filter(isYoung), first, this.#parts.signal);
    await this.#defer(moving);
    const again = await this.#rename(first);
    const second = await this.#pass([...ready, ...again], true, true);
    await this.#pass(await this.#rename(second), true, false);
  }

  async #pass(candidates: readonly Candidate[], final: boolean, mayRename: boolean): Promise<Postponed[]> {
    if (candidates.length === 0) return [];
    const { store, pool, folder, settings, signal } = this.#parts;
    const filtered = this.#isFiltered();
    const postponed = await load(
      candidates,
      {
        store,
        pool,
        folder,
        concurrency: settings.concurrency,
        signal,
        stages: this.#record.stages,
        inOrder: ({ rule }) => this.#newTables.has(rule.rule.table),
        committed: (verdicts, bytes) => {
          this.#record.tally.bytesRead += bytes;
          this.#record.settle(verdicts);
        },
      },
      {
        store,
        runId: this.#runId,
        strict: settings.strict,
        maxRejects: settings.maxRejects,
        acceptShrink: settings.acceptShrink,
        final,
        stands: (entry) => this.#stands(entry),
        tellsRenames: (candidate) => tellsRenames(this.#surveyOf(candidate), filtered),
        hasGoneTwin: (candidate, sha256) => {
          const found = this.#surveyOf(candidate);
          if (!mayRename || !tellsRenames(found, filtered)) return false;
          return goneTwins(store, found, candidate.file.path, sha256).length > 0;
        },
      },
    );
    signal.throwIfAborted();
    return postponed;
  }

  #stands(entry: LedgerEntry): boolean {
    const folder = this.#surveys.get(entry.source)?.source.folder;
    const now = folder === undefined ? null : fingerprintOf(join(folder, entry.path));
    return now !== null && sameFingerprint(now, entry);
  }

  /** Enters files that are still being written. */
  async #defer(moving: readonly Candidate[]): Promise<void> {
    const { store } = this.#parts;
    const verdicts = await store.transaction(() =>
      moving.map((candidate) => deferFile(store, candidate, this.#runId)),
    );
    this.#record.settle(verdicts);
  }

  /** Moves the entries of renamed files; returns those that must be read (again). */
  async #rename(postponed: readonly Postponed[]): Promise<Candidate[]> {
    const again: Candidate[] = [];
    for (const found of this.#healthy()) {
      const { name } = found.source;
      const mine = postponed.filter(
        ({ why, candidate }) => why === 'rename' && candidate.file.source === name,
      );
      if (mine.length === 0) continue;
      const { renames, surplus } = await this.#parts.store.transaction(() =>
        rename(this.#parts.store, found, mine),
      );
      const moved = renames.filter(({ reload }) => !reload);
      this.#record.settle(
        moved.map(({ candidate, from }) => verdictOf(candidate, 'renamed', { renamedFrom: from })),
      );
      for (const { candidate, reload } of renames)
        if (reload) again.push({ ...candidate, reason: 'changed' });
      again.push(...surplus);
    }
    return again;
  }

  async #noteMissing(): Promise<void> {
    const { store } = this.#parts;
    for (const found of this.#healthy().filter(sawAll)) {
      const { missing, removed } = await store.transaction(() =>
        breathing(noteMissing(store, found), this.#parts.signal),
      );
      this.#record.tally.missing += missing;
      this.#record.tally.removed(found.source.name, removed);
    }
  }

  /** Notes the sources of which everything was taken, for `--since last-run`. */
  #noteComplete(): void {
    const { store, settings } = this.#parts;
    const { since, until } = settings.span;
    if (settings.limit !== null || until !== null || typeof since === 'bigint') return;
    for (const found of this.#healthy().filter(sawAll))
      store.sources.complete(found.source.name, this.#startedAt);
  }

  /** Whether files were left out that may be the new names of others. */
  #isFiltered(): boolean {
    const { span, limit } = this.#parts.settings;
    return span.since !== null || span.until !== null || limit !== null;
  }

  #surveyOf(candidate: Candidate): Survey {
    const found = this.#surveys.get(candidate.file.source);
    if (!found) throw new Error(`no survey of ${candidate.file.source}`);
    return found;
  }

  #finish(exitCode: ExitCode): Summary {
    const { announce, store } = this.#parts;
    this.#record.deferOpen('The run ended, or its source was set aside, before the file was read.');
    const summary = this.#record.summary(exitCode);
    try {
      store.runs.finish(this.#runId, new Date().toISOString(), summary);
    } catch (error) {
      announce({ ...summary, exitCode: ExitCode.fatal });
      throw asIngestError(error, store.path);
    }
    announce(summary);
    return summary;
  }
}
