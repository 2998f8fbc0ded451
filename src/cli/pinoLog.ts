import { pino } from 'pino';
import pretty from 'pino-pretty';
import { IngestError, messageOf } from '../domain/errors.js';
import type { OutputSettings } from '../domain/settings.js';

/** The log as pino writes it. */
export interface PinoLog {
  readonly logger: pino.Logger;
  /** For what no summary says: people see its warnings however quiet the log is. */
  readonly outspoken: pino.Logger;
  /** For what people are told in another way. */
  readonly unspoken: pino.Logger;
  close(): void;
}

/** With a summary for people on stdout, the log need not say the same again. */
const levels = {
  json: { '-1': 'error', '0': 'warn', '1': 'debug' },
  text: { '-1': 'fatal', '0': 'fatal', '1': 'info' },
} as const;

/** Opens the log. Throws IngestError `usage` when the log file cannot be written. */
export function openPino(output: OutputSettings): PinoLog {
  const people = pretty({
    // Not its file descriptor: what is written here goes around a picture of the progress.
    destination: process.stderr,
    colorize: output.color && Boolean(process.stderr.isTTY),
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
  });
  const { logFile, json, verbosity } = output;
  const file = logFile === null ? null : appendTo(logFile);
  const loggerFor = (...spoken: pino.StreamEntry[]) => {
    const streams = file ? [...spoken, { level: 'debug' as const, stream: file }] : spoken;
    const options = { level: 'debug', base: null, timestamp: pino.stdTimeFunctions.isoTime };
    return pino(options, pino.multistream(streams));
  };
  return {
    logger: loggerFor({ level: levels[json ? 'json' : 'text'][verbosity], stream: people }),
    outspoken: loggerFor({ level: 'warn', stream: people }),
    unspoken: loggerFor(),
    close: () => file?.end(),
  };
}

/** Appends to a file, which is made with its folders if need be. */
function appendTo(path: string) {
  try {
    return pino.destination({ dest: path, mkdir: true, sync: true });
  } catch (error) {
    throw new IngestError(
      'usage',
      `The log file ${path} cannot be written: ${messageOf(error)}.`,
      'Name another with --log-file or "logFile" in the config file, or leave it out.',
      { cause: error },
    );
  }
}
