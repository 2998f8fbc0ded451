/**
 * Every error a user can meet has one of these codes. They are stored in the ledger and in the rejects,
 * so a code is never renamed.
 */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'locked'
  | 'network_database'
  | 'newer_database'
  | 'database'
  | 'cache'
  | 'disk_full'
  | 'balance'
  | 'source_unreachable'
  | 'unreadable'
  | 'vanished'
  | 'unsettled'
  | 'encoding'
  | 'csv_syntax'
  | 'json_syntax'
  | 'unknown_format'
  | 'too_many_columns'
  | 'unrelated_columns'
  | 'too_many_rejects'
  | 'refused'
  | 'stopped'
  | 'name_not_utf8'
  | 'internal';

/** The program's exit codes; README and `--help` explain them. */
export const ExitCode = {
  done: 0,
  fatal: 1,
  usage: 2,
  partial: 3,
  sourceDown: 4,
  locked: 11,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const exitCodes: Partial<Record<ErrorCode, ExitCode>> = {
  usage: ExitCode.usage,
  config: ExitCode.usage,
  network_database: ExitCode.usage,
  newer_database: ExitCode.usage,
  locked: ExitCode.locked,
  source_unreachable: ExitCode.sourceDown,
};

/**
 * The one error type. `message` says what happened and where, `hint` how to mend it (naming the option),
 * `assumed` what was taken for granted (dialect, encoding, found or given).
 */
export class IngestError extends Error {
  override readonly name = 'IngestError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
    options: { cause?: unknown; assumed?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.assumed = options.assumed;
  }

  readonly assumed: string | undefined;

  /** The exit code of a run that ends with this error. */
  get exitCode(): ExitCode {
    return exitCodes[this.code] ?? ExitCode.fatal;
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's or SQLite's own code of whatever was thrown (`ENOENT`, `SQLITE_BUSY`), or ''. */
export function systemCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
