import { readFileSync } from 'node:fs';
import { ExitCode } from '../domain/errors.js';

/** What the exit codes mean, in the words of the help and of the man page. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.done, 'done; also when nothing was new'],
  [ExitCode.fatal, 'fatal: nothing more could be done (disk full, database damaged, a bug)'],
  [ExitCode.usage, 'usage or config error; nothing was touched'],
  [ExitCode.partial, 'partial: a file failed or is held, or a record was rejected'],
  [ExitCode.sourceDown, 'a source was unreachable, hung or unexpectedly empty; others were done'],
  [ExitCode.locked, 'another run holds the database; nothing was touched'],
  [ExitCode.interrupted, 'interrupted by SIGINT; what was in flight is finished or rolled back'],
  [ExitCode.terminated, 'the same by SIGTERM'],
];

/** Command lines, and what they do where they do not speak for themselves. */
export const examples: readonly (readonly [line: string, says: string])[] = [
  ['ingest /mnt/xray', 'one folder into ./ingest.db'],
  ["ingest --db plant.db '/mnt/xray/**/*_lot.csv' --table lots", ''],
  ['ingest', 'the sources of ./ingest.config.json'],
  ['ingest --source xray --since yesterday', 'one of them, lately modified files'],
  ['ingest --dry-run', 'what would be done, and why'],
  ['ingest status', 'what the database holds'],
  ['ingest explain /mnt/xray/a.csv', 'why a file is there or not'],
];

/** The version of the package. */
export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
