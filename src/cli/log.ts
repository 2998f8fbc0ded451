import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { OutputSettings } from '../domain/settings.js';

/** The log: for people on stderr, as JSON Lines in the file of `--log-file`. */
export interface Log {
  readonly logger: pino.Logger;
  /** Writes out what is buffered; call once, at the end. */
  close(): void;
}

/** With a summary for people on stdout, the log need not say the same again. */
const levels = {
  json: { '-1': 'error', '0': 'warn', '1': 'debug' },
  text: { '-1': 'fatal', '0': 'fatal', '1': 'info' },
} as const;

/** Opens the log. Throws what the system throws when the log file cannot be written. */
export function openLog(output: OutputSettings): Log {
  const people = pretty({
    destination: 2,
    sync: true,
    colorize: output.color && Boolean(process.stderr.isTTY),
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
  });
  const streams: pino.StreamEntry[] = [
    { level: levels[output.json ? 'json' : 'text'][output.verbosity], stream: people },
  ];
  const file =
    output.logFile === null ? null : pino.destination({ dest: output.logFile, mkdir: true, sync: true });
  if (file) streams.push({ level: 'debug', stream: file });
  const logger = pino(
    { level: 'debug', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.multistream(streams),
  );
  return { logger, close: () => file?.end() };
}
