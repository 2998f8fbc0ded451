import { ExitCode, IngestError } from '../domain/errors.js';
import { runsText } from '../report/runsText.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';
import { reading } from './reading.js';
import { runStates } from './runStates.js';

const shownUnlessSaid = 20;

/** `ingest runs`: the last runs, the newest first; with `--json` each with its whole summary. */
export function runsCommand({ flags, own }: Call): Promise<number> {
  const shown = own.last === undefined ? shownUnlessSaid : wholeNumber(String(own.last));
  return reading(flags, ({ db, path, output }) => {
    const runs = runStates(db, path, shown);
    if (output.json) for (const run of runs) printJson({ type: 'run', ...run });
    else print(runsText(runs, stdoutPage(output)));
    return ExitCode.done;
  });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new IngestError(
    'usage',
    `--last: "${text}" is not a whole number from 1 up`,
    'write for example --last 50',
  );
}
