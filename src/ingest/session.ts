import { statusesInFlight } from '../config/inForce.js';
import { ExitCode } from '../domain/errors.js';
import type { Announce, Summary } from '../domain/event.js';
import type { RunSettings } from '../domain/settings.js';
import type { Pool } from '../parse/pool.js';
import type { System } from '../share/system.js';
import { failpoint } from '../store/failpoint.js';
import { KnownFiles } from '../store/knownFiles.js';
import type { Store } from '../store/store.js';
import { unlessAborted } from './abort.js';
import { Availability } from './availability.js';
import type { Candidate } from './candidate.js';
import { isComplete, noteMissing, sawAll, tellsRenames } from './gone.js';
import { exitCodeOf, isHealthy, setAside, warnOfScan, whyTooFew } from './health.js';
import { makeIndexes } from './indexes.js';
import { warnOfKeys } from './keys.js';
import { Loader } from './loader.js';
import { inOrder, newTablesByPath, tablesOf } from './order.js';
import { warnOfOutdated } from './outdated.js';
import type { PlannedSource } from './plan.js';
import { asIngestError, RunRecord } from './record.js';
import { RunCache } from './runCache.js';
import { breathing } from './steps.js';
import { isFiltered, type Survey, spanOf, survey } from './survey.js';
import { forgetTablesGone } from './tablesGone.js';
import { findStill, isFull, noteFolders, shortcutsOf } from './thrift.js';
import { settleUnread } from './unread.js';
import { usage } from './usage.js';

export interface SessionParts {
  readonly settings: RunSettings;
  readonly sources: readonly PlannedSource[];
  readonly store: Store;
  readonly pool: Pool;
  readonly system: System;
  /** Where segments lie. */
  readonly folder: string;
  readonly announce: Announce;
  /** When the run began to look at its roots, in milliseconds of this process. */
  readonly began: number;
  /** Aborted with an ExitCode as reason when the run is to end soon. */
  readonly signal: AbortSignal;
}

/** One run over its sources, once the database is open: the order in which things happen. */
export class Session {
  readonly #parts: SessionParts;
  readonly #record: RunRecord;
  readonly #runId: number;
  /** ISO. */
  readonly #startedAt: string;
  /** By source name. */
  readonly #surveys = new Map<string, Survey>();
  readonly #availability: Availability;
  readonly #cache: RunCache;
  readonly #known: KnownFiles;
  /** Tables that had no columns or no rows when the run began: any file may still decide what they are. */
  #newTables: ReadonlySet<string> = new Set();

  /** Enters a new run into the database. */
  static async begin(parts: SessionParts): Promise<Session> {
    const startedAt = new Date().toISOString();
    const runId = await parts.store.transaction(() => parts.store.runs.begin(startedAt));
    return new Session(parts, runId, startedAt);
  }

  private constructor(parts: SessionParts, runId: number, startedAt: string) {
    const { settings, announce } = parts;
    this.#parts = parts;
    this.#runId = runId;
    this.#startedAt = startedAt;
    this.#record = new RunRecord(announce, settings.dryRun ? null : this.#runId, parts.began);
    this.#record.stages.scan = (performance.now() - parts.began) / 1000;
    this.#availability = new Availability(
      parts.system,
      parts.signal,
      statusesInFlight(parts.settings.concurrency),
    );
    this.#known = new KnownFiles(parts.store.db);
    this.#cache = new RunCache(settings, this.#record.cache, (warning) => this.#record.warn(warning));
  }

  /** Returns the summary, after announcing it. Throws what ended the run early, after the summary too. */
  async run(): Promise<Summary> {
    try {
      await this.#work();
    } catch (error) {
      if (!this.#parts.signal.aborted) {
        const known = asIngestError(error, this.#parts.store.path);
        await this.#finish(known.exitCode);
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
    const surveys = Promise.all(sources.map((source) => this.#survey(source)));
    for (const found of await unlessAborted(surveys, this.#parts.signal)) this.#enter(found);
    await this.#judgeHealth();
    const candidates = this.#select();
    await this.#settleUnread();
    if (candidates.length > 0) await this.#cache.open(this.#parts.system);
    await this.#loader().run(candidates);
    await this.#noteMissing();
    const { store } = this.#parts;
    for (const warning of await store.transaction(() => makeIndexes(store, sources)))
      this.#record.warn(warning);
    for (const warning of warnOfKeys(store, sources)) this.#record.warn(warning);
    await this.#noteComplete();
    await this.#noteShortcuts();
    this.#record.warnOfDuplicates();
    this.#record.warnOfColumns();
    await this.#cache.end(this.#parts.signal);
    failpoint('before-finish');
  }

  async #survey(source: PlannedSource): Promise<Survey> {
    const { settings, store, announce } = this.#parts;
    const started = performance.now();
    const known = store.sources.find(source.name);
    const span = spanOf(settings.span, known?.lastCompleteAt ?? null, source.settings.settleMs);
    const lookAtAll = settings.force || settings.checksum;
    const about = { known, span, nowMs: Date.parse(this.#startedAt), lookAtAll };
    const found = await survey(source, {
      known: this.#known,
      runId: this.#runId,
      span,
      force: settings.force,
      checksum: settings.checksum,
      acceptShrink: settings.acceptShrink,
      shard: settings.shard,
      availability: this.#availability,
      wasOnNetwork: known?.onNetwork === true && !settings.acceptShrink,
      shortcuts: shortcutsOf(store, source, about),
      counted: (found) => announce({ type: 'progress', stage: 'scan', source: source.name, found }),
    });
    this.#record.stages.scan += (performance.now() - started) / 1000;
    return found;
  }

  #enter(found: Survey): void {
    const { name } = found.source;
    findStill(this.#parts.store, found);
    this.#surveys.set(name, found);
    const { passedOver } = found.report;
    const summary = this.#record.tally.source(name);
    if (passedOver.length > 0) summary.passedOver = passedOver.sort();
    this.#record.tally.skipped += found.skipped;
  }

  /** Sets aside sources that cannot be believed; enters the others into the database. */
  async #judgeHealth(): Promise<void> {
    const { store, settings } = this.#parts;
    for (const found of this.#surveys.values()) {
      found.complaint ??= whyTooFew(store, this.#known, found, settings.acceptShrink);
      if (found.complaint) {
        setAside(this.#record, found, found.complaint);
        continue;
      }
      const { name, folder, settings: source } = found.source;
      const onNetwork = this.#availability.isOnNetwork(found.source);
      const entry = { root: folder, configured: source.configured, onNetwork };
      await store.transaction(() => store.sources.save({ source: name, ...entry }));
      warnOfScan(this.#record, found);
    }
  }

  #healthy(): Survey[] {
    return [...this.#surveys.values()].filter(isHealthy);
  }

  /** The candidates of this run in their order; those of sources set aside are counted as deferred. */
  #select(): Candidate[] {
    const { settings } = this.#parts;
    const all = [...this.#surveys.values()].flatMap((found) => found.candidates);
    const chosen = inOrder(all, settings.order).slice(0, settings.limit ?? all.length);
    this.#record.open(chosen);
    const names = new Set(this.#healthy().map(({ source }) => source.name));
    const healthy = chosen.filter(({ source }) => names.has(source.name));
    this.#newTables = new Set(tablesOf(healthy).filter((table) => this.#isNew(table)));
    return newTablesByPath(healthy, this.#newTables);
  }

  #isNew(name: string): boolean {
    const { tables } = this.#parts.store;
    const table = tables.find(name);
    return !table || table.columns.size === 0 || !tables.hasRows(table);
  }

  #loader(): Loader {
    return new Loader({
      ...this.#parts,
      record: this.#record,
      runId: this.#runId,
      surveys: this.#surveys,
      availability: this.#availability,
      cache: this.#cache,
      newTables: this.#newTables,
      filtered: isFiltered(this.#parts.settings),
    });
  }

  async #settleUnread(): Promise<void> {
    const { store } = this.#parts;
    await store.transaction(() => {
      for (const found of this.#surveys.values()) {
        const healthy = isHealthy(found);
        settleUnread(found, {
          store,
          record: this.#record,
          runId: this.#runId,
          healthy,
          tellsRenames: healthy && tellsRenames(found, isFiltered(this.#parts.settings)),
        });
      }
    });
  }

  async #noteMissing(): Promise<void> {
    const { store } = this.#parts;
    for (const found of this.#healthy().filter(sawAll)) {
      const { missing, removed } = await store.transaction(() =>
        breathing(noteMissing(store, this.#known, found), this.#parts.signal),
      );
      this.#record.tally.missing += missing;
      this.#record.tally.removed(found.source.name, removed);
    }
    for (const found of this.#healthy()) warnOfOutdated(this.#record, found);
  }

  /** Notes the sources of which everything was taken, for `--since last-run`. */
  async #noteComplete(): Promise<void> {
    const { store, settings } = this.#parts;
    const { since, until } = settings.span;
    if (settings.limit !== null || until !== null || typeof since === 'bigint') return;
    // `last-run` passes over just those folders in which it asks for nothing.
    const asked = (found: Survey) => since !== null && found.source.settings.thrift.recentDays === null;
    const complete = this.#healthy().filter((one) => sawAll(one) || (isComplete(one) && asked(one)));
    await store.transaction(() => {
      for (const { source } of complete) store.sources.complete(source.name, this.#startedAt);
    });
  }

  /** Notes what later scans may leave out. */
  async #noteShortcuts(): Promise<void> {
    const { store, settings } = this.#parts;
    if (settings.limit !== null || settings.span.since !== null || settings.span.until !== null) return;
    for (const found of this.#healthy().filter(isComplete)) {
      const { name, settings: source } = found.source;
      await store.transaction(() => {
        if (isFull(found)) store.sources.fullScan(name, this.#startedAt);
        if (source.thrift.immutable) noteFolders(store, found);
      });
    }
  }

  async #finish(exitCode: ExitCode): Promise<Summary> {
    const { announce, store } = this.#parts;
    this.#cache.close();
    this.#record.deferOpen('The run ended, or its source was set aside, before the file was read.');
    const summary = this.#record.summary(exitCode);
    try {
      const finishedAt = new Date().toISOString();
      await store.transaction(() => store.runs.finish(this.#runId, finishedAt, summary, usage()));
    } catch (error) {
      announce({ ...summary, exitCode: ExitCode.fatal });
      throw asIngestError(error, store.path);
    }
    announce(summary);
    return summary;
  }
}
