/** What a user may say of a column's type; anything else is judged from the values. */
export type ColumnTypeSetting = 'text' | 'integer' | 'real';

export type TypesSetting = 'auto' | 'text' | Readonly<Record<string, ColumnTypeSetting>>;

export type Dedupe = 'row' | 'key' | 'none';

export type Order = 'newest' | 'oldest' | 'smallest' | 'largest' | 'path';

/** `windows-1252` stands for Latin-1 too, of which it says more. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** What is said of a source's CSV files; `auto` is found in each file. */
export interface CsvSettings {
  readonly encoding: Encoding | 'auto';
  /** One ASCII character, perhaps with a space behind it that belongs to it. */
  readonly delimiter: string;
  /** One ASCII character; `none`: no quoting. */
  readonly quote: string;
  /** How a quote is written inside quotes. */
  readonly escape: 'auto' | 'doubled' | 'backslash';
  /** Whether there is one, or the 1-based line on which it stands. */
  readonly header: 'auto' | boolean | number;
  /** Lines above the header: found; found, and their values columns of every row; there are none. */
  readonly preamble: 'auto' | 'columns' | 'none';
  /** What to do with the row below the header. */
  readonly units: 'keep' | 'skip';
  readonly decimal: 'auto' | ',' | '.';
  /** `csv-parse` reads everything; else what is regular may be read in a faster way. */
  readonly engine: 'auto' | 'csv-parse';
}

/** What a column's values must be; null is allowed unless `required`. */
export interface ColumnCheck {
  readonly required?: boolean | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** A regular expression that some part of the value must match. */
  readonly pattern?: string | undefined;
  readonly oneOf?: readonly (string | number)[] | undefined;
}

/** What the program knows to look for in a redacted column. */
export const redactionKinds = ['email', 'phone', 'ssn', 'mrn', 'date', 'ip', 'name-list'] as const;
export type RedactionKind = (typeof redactionKinds)[number];

/** A pattern of the user's own. */
export interface OwnPattern {
  /** A regular expression. */
  readonly pattern: string;
  /** What stands in the place of what it matches. */
  readonly as?: string | undefined;
}

/** What must not be stored. */
export interface RedactSettings {
  /** By column, as in the table. */
  readonly columns: Readonly<Record<string, readonly (RedactionKind | OwnPattern)[]>>;
  /** The names of `name-list`. */
  readonly names: readonly string[];
}

/** Who writes segments: the program itself, page by page, or SQLite, each value bound to a statement. */
export const segmentWriters = ['pages', 'binds'] as const;
export type SegmentWriting = (typeof segmentWriters)[number];

/** How the bytes of a file become records. Part of what decides what a file becomes. */
export interface ParseSettings {
  readonly types: TypesSetting;
  readonly csv: CsvSettings;
  /** Texts that stand for no value. */
  readonly nulls: readonly string[];
  /** What becomes of a record with too few fields. */
  readonly ragged: 'reject' | 'pad';
  readonly maxRecordBytes: number;
  /** By column. */
  readonly validate: Readonly<Record<string, ColumnCheck>>;
  /** The keys that lead to the records of a JSON file; none: it is the records. */
  readonly records: readonly string[];
  /** Child tables by the lists that make them: the last of the keys that lead to one, or all with dots between. */
  readonly children: Readonly<Record<string, string>>;
  readonly redact: RedactSettings;
}

/** Where the files of a source go that match `match` (the first match wins). */
export interface TableRule {
  /** Glob on the path relative to the root. */
  readonly match: string;
  readonly table: string;
  readonly parse: ParseSettings;
  readonly pathColumns: string | null;
  readonly dedupe: Dedupe;
  readonly key: readonly string[];
  readonly indexes: readonly (readonly string[])[];
}

/** Milliseconds after which a share that does not answer is given up. */
export interface Deadlines {
  /** For a call that opens, lists or looks at something. */
  readonly metadata: number;
  /** Without a single byte of a file that is being read. */
  readonly read: number;
  /** For a whole file, and one second for each of its megabytes. */
  readonly file: number;
}

/** When a source is believed. */
export interface HealthSettings {
  /** A file, relative to the root, that stands only where the share is mounted. */
  readonly sentinel: string | null;
  /** The root must lie on a mount (of this mount point); null: if it did at its last scan. */
  readonly requireMount: boolean | string | null;
  /** Files that a whole scan must find. */
  readonly minFiles: number;
}

/** What a nightly run need not look at; all of it is looked at every `everyMs` milliseconds. */
export interface ScanThrift {
  /** Dated folders older than this many days are passed over; null: none. */
  readonly recentDays: number | null;
  /** Files are never changed in place: those of a folder whose mtime is as it was need no look. */
  readonly immutable: boolean;
  readonly everyMs: number;
}

/** One configured or ad-hoc source with all its defaults filled in. */
export interface SourceSettings {
  readonly name: string;
  /** Absolute; may be a folder, a file or a glob. */
  readonly root: string;
  /** False for a root given on the command line. */
  readonly configured: boolean;
  /** Globs relative to the root; null: every file whose ending names a known format. */
  readonly include: readonly string[] | null;
  readonly exclude: readonly string[];
  /** Never empty; the last rule matches everything. */
  readonly tables: readonly TableRule[];
  readonly order: Order | null;
  readonly onDelete: 'keep' | 'remove';
  /** Milliseconds a file must have been left alone. */
  readonly settleMs: number;
  readonly deadlines: Deadlines;
  readonly health: HealthSettings;
  readonly thrift: ScanThrift;
}

/** Nanoseconds since 1970 between which a file's mtime must lie (both ends included). */
export interface TimeSpan {
  readonly since: bigint | 'last-run' | null;
  readonly until: bigint | null;
}

/** Allowed rejects of one file: a count, or a share that never means fewer than 10. */
export type RejectLimit = { readonly count: number } | { readonly share: number };

/** One of `count` equal shares of all files; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Where parsed records are kept for another time, and how much of them. */
export interface CacheSettings {
  /** Absolute path of a folder. */
  readonly path: string;
  readonly maxBytes: number;
  /** Milliseconds since they were last used. */
  readonly ttlMs: number;
}

/** All settings of a run, resolved from flags, environment, config file and defaults. */
export interface RunSettings {
  /** Absolute path. */
  readonly db: string;
  readonly sources: readonly SourceSettings[];
  readonly span: TimeSpan;
  readonly limit: number | null;
  readonly order: Order;
  /** Files in flight; null: by the kind of file system. */
  readonly concurrency: number | null;
  /** Parser threads; null: by the number of cores. */
  readonly workers: number | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly checksum: boolean;
  readonly strict: boolean;
  readonly maxRejects: RejectLimit;
  readonly acceptShrink: boolean;
  /** Null: all files. */
  readonly shard: Shard | null;
  /** Rows that are held in memory, or moved by one statement, at a time. */
  readonly batchRows: number;
  readonly batchWriter: SegmentWriting;
  /** Null: without. */
  readonly cache: CacheSettings | null;
}

/** How the program talks while and after it works. */
export interface OutputSettings {
  readonly json: boolean;
  /** -1 with `-q`, 0, 1 with `-v`. */
  readonly verbosity: -1 | 0 | 1;
  readonly color: boolean;
  /** Whether a terminal may show how far the run is. */
  readonly progress: boolean;
  readonly logFile: string | null;
}

/** Who is told when a run has ended, beside whoever looks at its output. */
export interface TellSettings {
  /** Absolute path of a Prometheus textfile. */
  readonly metricsFile: string | null;
  readonly pingUrl: string | null;
  /** A command line for the shell. */
  readonly onFailure: string | null;
}
