import { resolve } from 'node:path';
import { resolveParsing } from '../config/settings.js';
import { ExitCode, IngestError } from '../domain/errors.js';
import { type Replayed, replay } from '../ingest/replay.js';
import { csvLine } from '../report/csvText.js';
import { rejectText, rejectTotal, replayText } from '../report/rejectsText.js';
import type { Page } from '../report/style.js';
import { openForReading } from '../store/database.js';
import { type RejectChoice, type RejectFacts, rejectFacts } from '../store/rejectFacts.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';

/** `ingest rejects [path…]`: the records that could not be stored; with `--replay` they are tried again. */
export async function rejectsCommand({ args, flags, own }: Call): Promise<number> {
  const settings = await resolveParsing(flags, process.env, process.cwd());
  const { json } = settings.output;
  if (own.csv && (json || own.replay)) {
    const other = json ? '--json' : '--replay';
    throw new IngestError('usage', `--csv and ${other} contradict each other`, 'leave one of them out');
  }
  const choice: RejectChoice = {
    // A path may be one of the ledger or one from here; looking whether it exists could hang.
    paths: args.flatMap((name) => [name, resolve(name)]),
    code: typeof own.code === 'string' ? own.code : null,
  };
  const page = stdoutPage(settings.output);
  if (own.replay) return tryAgain({ ...settings, choice }, json ? null : page);
  return list(settings.db, choice, own.csv ? csvLister() : json ? jsonLister() : textLister(page));
}

/** Writes rejects one by one, so that any number of them can be listed. */
interface Lister {
  each(reject: RejectFacts): void;
  end(): void;
}

function list(path: string, choice: RejectChoice, lister: Lister): number {
  const db = openForReading(path);
  try {
    for (const reject of rejectFacts(db, choice)) lister.each(reject);
    lister.end();
    return ExitCode.done;
  } finally {
    db.close();
  }
}

function textLister(page: Page): Lister {
  const files = new Set<number>();
  let rejects = 0;
  return {
    each(reject) {
      files.add(reject.fileId);
      rejects += 1;
      print(`${rejectText(reject, page)}\n`);
    },
    end: () => print(rejectTotal(rejects, files.size)),
  };
}

function jsonLister(): Lister {
  return { each: (reject) => printJson({ type: 'reject', ...reject }), end() {} };
}

const csvColumns = [
  'source',
  'path',
  'table',
  'line',
  'byteOffset',
  'column',
  'code',
  'message',
  'raw',
] as const satisfies readonly (keyof RejectFacts)[];

function csvLister(): Lister {
  print(csvLine(csvColumns));
  return { each: (reject) => print(csvLine(csvColumns.map((name) => reject[name]))), end() {} };
}

/** Tries rejects again; `page` is null for JSON Lines. */
async function tryAgain(settings: Parameters<typeof replay>[0], page: Page | null): Promise<number> {
  // An existing database is asked for before anything is made.
  openForReading(settings.db).close();
  const interrupt = new AbortController();
  const end = (exitCode: number) => () => interrupt.abort(exitCode);
  process.once('SIGINT', end(ExitCode.interrupted)).once('SIGTERM', end(ExitCode.terminated));
  try {
    const replayed = await replay(settings, interrupt.signal);
    const exitCode = replayed.rows.rejected > 0 ? ExitCode.partial : ExitCode.done;
    if (page === null) printEvents(replayed, exitCode);
    else printText(replayed, page);
    return exitCode;
  } catch (error) {
    if (interrupt.signal.aborted && error === interrupt.signal.reason) return Number(error);
    throw error;
  }
}

function printEvents({ rows, rejects, warnings }: Replayed, exitCode: number): void {
  for (const reject of rejects) printJson(reject);
  for (const warning of warnings) printJson({ type: 'warning', ...warning });
  printJson({ type: 'summary', exitCode, rows, warnings });
}

function printText({ rows, rejects, warnings }: Replayed, page: Page): void {
  for (const reject of rejects) print(`${rejectText(reject, page)}\n`);
  for (const { message, hint } of warnings) print([message, hint].join(' '));
  print(replayText(rows));
}
