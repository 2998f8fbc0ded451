import type { LoadReason, Outcome } from './file.js';

/** Records by what became of them; the balance is `parsed = inserted + deduplicated + rejected`. */
export interface RowCounts {
  parsed: number;
  inserted: number;
  deduplicated: number;
  rejected: number;
  /** Rows that a replaced or removed file took along. */
  removed: number;
  /** Rows of child tables; not part of the balance. */
  children: number;
}

export type FileCounts = { seen: number } & Record<Outcome, number>;

/** `unhealthy`: it answers, but what it shows cannot be believed. */
export type SourceState = 'healthy' | 'unreachable' | 'unhealthy';

export interface SourceSummary {
  readonly name: string;
  state: SourceState;
  files: FileCounts;
  rows: RowCounts;
  /** Dated folders that the scan did not look into; absent when there are none. */
  passedOver?: readonly string[];
}

/** Seconds of work, added up over threads. */
export interface StageSeconds {
  scan: number;
  read: number;
  parse: number;
  write: number;
}

/** What a run had of the parse cache. */
export interface CacheCounts {
  /** Files whose records came from it, and those that were parsed. */
  hits: number;
  misses: number;
  /** Bytes that were not read from a share. */
  bytesSaved: number;
  /** Of parsing. */
  secondsSaved: number;
}

/** The last line of `--json`. */
export interface Summary {
  readonly type: 'summary';
  readonly runId: number | null;
  exitCode: number;
  seconds: number;
  files: FileCounts;
  rows: RowCounts;
  /** Files left out by `--since` or `--until`. */
  skipped: number;
  /** Files whose ledger entry went to `missing` in this run. */
  missing: number;
  bytesRead: number;
  stages: StageSeconds;
  cache: CacheCounts;
  sources: SourceSummary[];
  warnings: Warning[];
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly source?: string;
  readonly table?: string;
}

/** What became of one file. */
export interface FileEvent {
  readonly type: 'file';
  readonly source: string;
  readonly path: string;
  readonly outcome: Outcome;
  /** Why it was read, or why it was not. */
  readonly reason: LoadReason | string;
  readonly size: number;
  readonly table?: string;
  /** Present when the file ends `loaded`. */
  readonly rows?: RowCounts;
  /** The loaded file with the same content. */
  readonly duplicateOf?: string;
  /** The path a renamed file had before. */
  readonly renamedFrom?: string;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    /** How the file was read. */
    readonly assumed?: string;
  };
  /** With `--dry-run`: how the file is read. */
  readonly format?: string;
  /** Why it is read so, in words. */
  readonly formatReasons?: readonly string[];
}

/** A record that could not be stored, with all that is needed to find and mend it. */
export interface RejectEvent {
  readonly type: 'reject';
  readonly source: string;
  readonly path: string;
  /** 1-based line on which the record starts; null where the format has none. */
  readonly line: number | null;
  /** 0-based offset of the record in the (unpacked) file. */
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/** How far the files of one source are that are to be read. */
export interface SourceProgress {
  readonly source: string;
  filesDone: number;
  filesTotal: number;
  bytesDone: number;
  bytesTotal: number;
  /** Records parsed. */
  records: number;
}

/** A file that a thread has been asked to read and has not finished. */
export interface FileInWork {
  readonly source: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** For people who look on: nothing of it is kept. */
export type ProgressEvent =
  /** Files found so far, those that need not be read among them. */
  | { readonly type: 'progress'; readonly stage: 'scan'; readonly source: string; readonly found: number }
  /** The same objects every time; a listener that keeps them sees them change. */
  | {
      readonly type: 'progress';
      readonly stage: 'load';
      readonly sources: ReadonlyMap<string, SourceProgress>;
      /** In the order in which they were begun. */
      readonly inWork: ReadonlySet<FileInWork>;
    };

export type WarningEvent = { readonly type: 'warning' } & Warning;

/** All that a run announces. Stages announce; only `cli/` listens, logs and prints. */
export type RunEvent = FileEvent | RejectEvent | WarningEvent | ProgressEvent | Summary;

export type Announce = (event: RunEvent) => void;

export function noRows(): RowCounts {
  return { parsed: 0, inserted: 0, deduplicated: 0, rejected: 0, removed: 0, children: 0 };
}

export function noFiles(): FileCounts {
  return {
    seen: 0,
    loaded: 0,
    unchanged: 0,
    touched: 0,
    duplicate: 0,
    renamed: 0,
    deferred: 0,
    held: 0,
    failed: 0,
    vanished: 0,
  };
}

/** Adds `more` to `total`, field by field, in place. */
export function addCounts<T extends { [K in keyof T]: number }>(total: T, more: T): void {
  for (const key of Object.keys(more) as (keyof T)[]) {
    total[key] = (total[key] + more[key]) as T[keyof T];
  }
}
