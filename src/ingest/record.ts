import { type ExitCode, IngestError, systemCode } from '../domain/errors.js';
import type {
  Announce,
  CacheCounts,
  FileInWork,
  SourceProgress,
  StageSeconds,
  Summary,
  Warning,
} from '../domain/event.js';
import { asDatabaseError } from '../store/database.js';
import type { Candidate } from './candidate.js';
import { ColumnNotes } from './columnNotes.js';
import { checkBalance, Tally } from './tally.js';
import { type Verdict, verdictOf } from './verdict.js';

/** A table in which more than this share of a run's records equal rows of other files is worth a word. */
const manyDuplicates = 0.1;

/** What a run has done so far: counts it, announces it, sums it up. */
export class RunRecord {
  readonly tally = new Tally();
  readonly stages: StageSeconds = { scan: 0, read: 0, parse: 0, write: 0 };
  readonly cache: CacheCounts = { hits: 0, misses: 0, bytesSaved: 0, secondsSaved: 0 };
  readonly warnings: Warning[] = [];
  readonly #columns = new ColumnNotes();
  /** Candidates that are seen and not settled yet. */
  readonly #open = new Map<string, Candidate>();
  readonly #progress = new Map<string, SourceProgress>();
  readonly #inWork = new Set<FileInWork>();

  constructor(
    readonly announce: Announce,
    readonly runId: number | null,
    /** When the run began, in milliseconds of this process. */
    readonly began: number,
  ) {}

  /** Counts files as seen; each must be settled before the run can add up. */
  open(candidates: readonly Candidate[]): void {
    for (const candidate of candidates) {
      this.tally.seen(candidate.file.source);
      this.#open.set(nameOf(candidate), candidate);
      const progress = this.#progressOf(candidate.file.source);
      progress.filesTotal += 1;
      progress.bytesTotal += candidate.file.size;
    }
    this.#announceProgress();
  }

  /** Counts and announces files whose fate stands in the database. */
  settle(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) {
      const { source, table = '' } = verdict.event;
      this.#open.delete(nameOf(verdict.candidate));
      this.tally.outcome(source, verdict.outcome);
      this.tally.rows(source, table, verdict.rows, verdict.candidate.rule.rule.dedupe === 'row');
      for (const reject of verdict.rejects) this.announce(reject);
      for (const warning of verdict.warnings) this.warn(warning);
      this.#columns.add(verdict.findings);
      this.announce(verdict.event);
      const progress = this.#progressOf(source);
      progress.filesDone += 1;
      progress.bytesDone += verdict.event.size;
      progress.records += verdict.rows.parsed;
    }
    this.#announceProgress();
  }

  /** Notes that a file is being read; the returned function notes its end. */
  begin({ file }: Candidate): () => void {
    const work = { source: file.source, path: file.path, since: Date.now() };
    this.#inWork.add(work);
    return () => this.#inWork.delete(work);
  }

  #progressOf(source: string): SourceProgress {
    const known = this.#progress.get(source);
    if (known) return known;
    const fresh = { source, filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, records: 0 };
    this.#progress.set(source, fresh);
    return fresh;
  }

  #announceProgress(): void {
    this.announce({ type: 'progress', stage: 'load', sources: this.#progress, inWork: this.#inWork });
  }

  /** Settles what was never begun, or begun and rolled back: the ledger says of it what it said before. */
  deferOpen(why: string): void {
    const error = { code: 'not_begun', message: why };
    this.settle([...this.#open.values()].map((candidate) => verdictOf(candidate, 'deferred', { error })));
  }

  warn(warning: Warning): void {
    this.warnings.push(warning);
    this.announce({ type: 'warning', ...warning });
  }

  /** Warns of tables in which many records were already there, which more columns from the path may tell apart. */
  warnOfDuplicates(): void {
    for (const [table, counts] of this.tally.tables) {
      if (counts.deduplicated <= counts.parsed * manyDuplicates) continue;
      this.warn({
        code: 'many_duplicates',
        message: `${counts.deduplicated} of ${counts.parsed} records for table ${table} equal rows of other files and were stored once.`,
        hint: 'If each file counts for itself, tell its rows apart with "pathColumns", or set dedupe: "none".',
        table,
      });
    }
  }

  /** Names each column once whose type would have mangled a value, or which holds words among its numbers. */
  warnOfColumns(): void {
    for (const warning of this.#columns.warnings()) this.warn(warning);
  }

  /** The summary of the run. Throws IngestError `balance` if it does not add up. */
  summary(exitCode: ExitCode): Summary {
    const { files, rows } = this.tally.totals();
    checkBalance(files, rows);
    return {
      type: 'summary',
      runId: this.runId,
      exitCode,
      seconds: (performance.now() - this.began) / 1000,
      files,
      rows,
      skipped: this.tally.skipped,
      missing: this.tally.missing,
      bytesRead: this.tally.bytesRead,
      stages: this.stages,
      cache: this.cache,
      sources: [...this.tally.sources.values()],
      warnings: this.warnings,
    };
  }
}

function nameOf({ file }: Candidate): string {
  return `${file.source}\0${file.path}`;
}

/** Whatever was thrown while `db` was worked on, as the error a user can read. */
export function asIngestError(error: unknown, db = 'named by --db'): IngestError {
  if (error instanceof IngestError) return error;
  if (systemCode(error).startsWith('SQLITE_')) return asDatabaseError(error, db);
  const text = error instanceof Error ? error.message : String(error);
  return new IngestError('internal', `The program failed: ${text}.`, 'This is a bug: please report it.', {
    cause: error,
  });
}
