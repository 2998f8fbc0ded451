import { resolveDatabase } from '../config/settings.js';
import { ExitCode, IngestError } from '../domain/errors.js';
import { checkup } from '../ingest/checkup.js';
import { type Checkup, doctorText } from '../report/doctorText.js';
import { openForReading } from '../store/database.js';
import type { Call } from './commands.js';
import { knownSources } from './knownSources.js';
import { namedBy } from './named.js';
import { print, printJson, stdoutPage } from './page.js';

/** Files that `--verify` reads unless told how many. */
const sample = 100;

/** `ingest doctor`: how database and sources are, as a score with what to do about it. */
export async function doctorCommand({ flags, own }: Call): Promise<number> {
  const verify = own.verify === undefined ? null : amountOf(own.verify);
  const { db: path, output } = await resolveDatabase(flags, process.env, process.cwd());
  const db = openForReading(path);
  try {
    const found = await checkup(db, path, verify, () => knownSources(flags, db, process.cwd()));
    if (output.json) printJson({ type: 'doctor', ...found });
    else print(doctorText(found, { ...stdoutPage(output), named: namedBy(flags) }));
    return exitCodeOf(found);
  } finally {
    db.close();
  }
}

/** What is only worth a word is no failure. */
function exitCodeOf({ findings }: Checkup): number {
  const codes = findings.map(({ code }) => code);
  if (codes.includes('damaged')) return ExitCode.fatal;
  return codes.includes('content_differs') ? ExitCode.partial : ExitCode.done;
}

function amountOf(said: string | boolean): number {
  if (said === true) return sample;
  if (said === 'all') return Number.MAX_SAFE_INTEGER;
  if (/^[1-9]\d{0,8}$/.test(String(said))) return Number(said);
  throw new IngestError(
    'usage',
    `--verify: "${said}" is not a number of files`,
    'write a number from 1 up, or all',
  );
}
