import type { OutputSettings } from '../domain/settings.js';

/** Says something about what happens: the event itself, and a sentence. */
type Say = (event: object, message: string) => void;

type Logger = Readonly<Record<'debug' | 'info' | 'warn' | 'error' | 'fatal', Say>>;

/** The log: for people on stderr, as JSON Lines in the file of `--log-file`. */
export interface Log {
  readonly logger: Logger;
  /** For what people are told in another way. */
  readonly unspoken: Logger;
  /** Writes out what is buffered; call once, at the end. */
  close(): void;
}

const sayNothing: Say = () => {};
const silent: Logger = {
  debug: sayNothing,
  info: sayNothing,
  warn: sayNothing,
  error: sayNothing,
  fatal: sayNothing,
};

/**
 * Opens the log of a run. Throws IngestError `usage` when the log file cannot be written. Where nobody would read a
 * line, as in most runs, what writes it is not even loaded.
 */
export async function openLog(output: OutputSettings): Promise<Log> {
  const { json, verbosity, logFile } = output;
  const isRead = json || verbosity > 0 || logFile !== null;
  if (!isRead) return { logger: silent, unspoken: silent, close: () => {} };
  const { openPino } = await import('./pinoLog.js');
  return openPino(output);
}
