import type { RunSettings } from '../domain/settings.js';
import type { Pool } from '../parse/pool.js';
import type { LedgerEntry } from '../store/ledger.js';
import type { Store } from '../store/store.js';
import { unlessAborted } from './abort.js';
import type { Availability } from './availability.js';
import type { Candidate } from './candidate.js';
import { deferFile } from './defer.js';
import { goneTwins, rename, tellsRenames } from './gone.js';
import { isHealthy, setAside } from './health.js';
import type { JudgeSettings } from './judge.js';
import { load } from './load.js';
import type { LoadSettings } from './loadSettings.js';
import { noteOutdated } from './outdated.js';
import type { RunRecord } from './record.js';
import type { RunCache } from './runCache.js';
import { settled } from './settle.js';
import type { Survey } from './survey.js';
import { type Postponed, type Verdict, verdictOf } from './verdict.js';

export interface LoaderParts {
  readonly settings: RunSettings;
  readonly store: Store;
  readonly pool: Pool;
  /** Where segments lie. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly record: RunRecord;
  readonly runId: number;
  /** By source name. */
  readonly surveys: ReadonlyMap<string, Survey>;
  readonly availability: Availability;
  readonly cache: RunCache;
  /** Tables that had no columns or no rows when the run began. */
  readonly newTables: ReadonlySet<string>;
  /** Whether files were left out that may be the new names of others. */
  readonly filtered: boolean;
}

/** Loads the candidates of a run, in as many passes as it takes. */
export class Loader {
  readonly #parts: LoaderParts;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
  }

  /** Loads what is settled, then what had to wait, then what turned out to need another look. */
  async run(candidates: readonly Candidate[]): Promise<void> {
    const isYoung = (candidate: Candidate) => this.#surveyOf(candidate).settling.has(candidate);
    const first = await this.#pass(
      candidates.filter((candidate) => !isYoung(candidate)),
      false,
      true,
    );
    const { ready, moving } = await settled(candidates.filter(isYoung), first, this.#parts.availability);
    await this.#defer(moving);
    const again = await this.#rename(first);
    const second = await this.#pass([...ready, ...again], true, true);
    await this.#pass(await this.#rename(second), true, false);
  }

  /** Loads candidates; those of a source that stops answering once it answers again, or not at all. */
  async #pass(candidates: readonly Candidate[], final: boolean, mayRename: boolean): Promise<Postponed[]> {
    const postponed: Postponed[] = [];
    let rest = candidates.filter((candidate) => isHealthy(this.#surveyOf(candidate)));
    while (rest.length > 0) {
      const loaded = await load(rest, this.#loadSettings(), this.#judgeSettings(final, mayRename));
      this.#parts.signal.throwIfAborted();
      postponed.push(...loaded.postponed);
      rest = await this.#recovered(loaded.unreached);
    }
    return postponed;
  }

  #loadSettings(): LoadSettings {
    const { store, pool, folder, settings, signal, availability, cache, record } = this.#parts;
    return {
      store,
      pool,
      availability,
      cache,
      folder,
      concurrency: settings.concurrency,
      batchRows: settings.batchRows,
      writer: settings.batchWriter,
      signal,
      stages: record.stages,
      warn: (warning) => record.warn(warning),
      begin: (candidate) => record.begin(candidate),
      // In key mode the order decides how often a row is replaced, which the summary counts.
      inOrder: ({ rule: { rule } }) => rule.dedupe === 'key' || this.#parts.newTables.has(rule.table),
      committed: (verdicts, bytes) => {
        record.tally.bytesRead += bytes;
        record.settle(verdicts);
        for (const verdict of verdicts) this.#noteLeft(verdict);
      },
    };
  }

  /** A file that was not loaded may keep rows of other settings. */
  #noteLeft({ candidate, outcome }: Verdict): void {
    if (outcome !== 'failed' && outcome !== 'held') return;
    const { source, path } = candidate.file;
    const entry = this.#parts.store.ledger.find(source, path);
    if (entry) noteOutdated(this.#surveyOf(candidate), entry);
  }

  #judgeSettings(final: boolean, mayRename: boolean): JudgeSettings {
    const { store, settings, filtered } = this.#parts;
    return {
      store,
      runId: this.#parts.runId,
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
    };
  }

  /** As the scan saw it, or this run has read it since: a look at a share now could hang. */
  #stands(entry: LedgerEntry): boolean {
    const found = this.#parts.surveys.get(entry.source);
    if (!found) return false;
    return found.standing.has(entry.fileId) || entry.lookedAtNs >= found.startedAtNs;
  }

  /** Of files that were not reached, those whose source answers again; the other sources are set aside. */
  async #recovered(unreached: readonly Candidate[]): Promise<Candidate[]> {
    const sources = [...new Set(unreached.map(({ source }) => source))];
    const looks = Promise.all(sources.map((source) => this.#parts.availability.recover(source)));
    const complaints = await unlessAborted(looks, this.#parts.signal);
    for (const [i, source] of sources.entries()) {
      const found = this.#parts.surveys.get(source.name);
      const complaint = complaints[i];
      if (!found || !complaint) continue;
      found.complaint = complaint;
      setAside(
        this.#parts.record,
        found,
        complaint,
        'What was read of it is loaded; the rest waits for the next run.',
      );
    }
    return unreached.filter((candidate) => isHealthy(this.#surveyOf(candidate)));
  }

  /** Enters files that are still being written. */
  async #defer(moving: readonly Candidate[]): Promise<void> {
    const { store } = this.#parts;
    const verdicts = await store.transaction(() =>
      moving.map((candidate) => deferFile(store, candidate, this.#parts.runId)),
    );
    this.#parts.record.settle(verdicts);
  }

  /** Moves the entries of renamed files; returns those that must be read (again). */
  async #rename(postponed: readonly Postponed[]): Promise<Candidate[]> {
    const again: Candidate[] = [];
    for (const found of this.#parts.surveys.values()) {
      if (!isHealthy(found)) continue;
      const { name } = found.source;
      const mine = postponed.filter(
        ({ why, candidate }) => why === 'rename' && candidate.file.source === name,
      );
      if (mine.length === 0) continue;
      const { renames, surplus } = await this.#parts.store.transaction(() =>
        rename(this.#parts.store, found, mine),
      );
      const moved = renames.filter(({ reload }) => !reload);
      this.#parts.record.settle(
        moved.map(({ candidate, from }) => verdictOf(candidate, 'renamed', { renamedFrom: from })),
      );
      for (const { candidate, reload } of renames)
        if (reload) again.push({ ...candidate, reason: 'changed' });
      again.push(...surplus);
    }
    return again;
  }

  #surveyOf(candidate: Candidate): Survey {
    const found = this.#parts.surveys.get(candidate.file.source);
    if (!found) throw new Error(`no survey of ${candidate.file.source}`);
    return found;
  }
}
