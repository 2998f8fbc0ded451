import { asIngestError } from '../ingest/record.js';
import type { Named } from '../report/commandLine.js';
import { errorText } from '../report/errorText.js';

/**
 * Says on stderr what went wrong; returns the exit code. `color`: whether a terminal may show it in colour; `named`: what
 * the commands that it names must say too.
 */
export function printError(error: unknown, color: boolean, named: Named = {}): number {
  const shown = asIngestError(error);
  process.stderr.write(`${errorText(shown, color && Boolean(process.stderr.isTTY), named)}\n`);
  return shown.exitCode;
}

/** Whether the environment allows colour. */
export function allowsColor({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return !NO_COLOR && TERM !== 'dumb';
}

/** For the streams: whoever reads our words may stop (`| head`); the work goes on to its end. */
export function ignoreClosedPipe(error: Error & { readonly code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
