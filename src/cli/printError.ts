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
