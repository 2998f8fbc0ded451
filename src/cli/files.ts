import { resolve } from 'node:path';
import { ExitCode, IngestError } from '../domain/errors.js';
import type { OutputSettings } from '../domain/settings.js';
import { withNamed } from '../report/commandLine.js';
import { duplicatesText, spaceOf } from '../report/duplicatesText.js';
import { type FileHistory, filesText } from '../report/filesText.js';
import { duplicateFacts, fileFacts } from '../store/queries.js';
import type { Call } from './commands.js';
import { namedBy } from './named.js';
import { linePage, print, printJson, stdoutPage } from './page.js';
import { reading } from './reading.js';

/** `ingest files [path…]`: what the ledger says of each file; works while a run goes on. */
export function filesCommand({ args, flags, own }: Call): Promise<number> {
  if (own.duplicates) return duplicates(flags, args);
  // A path may be one of the ledger or one from here; looking whether it exists could hang.
  const wanted = args.flatMap((name) => [name, resolve(name)]);
  return reading(flags, ({ db, output }) => {
    const named = new Set<string>();
    const files = fileFacts(db, wanted, named);
    if (output.json) for (const file of files) printJson({ type: 'file', ...file });
    else printFiles([...files], output, args);
    for (const name of args.filter((one) => !named.has(one) && !named.has(resolve(one)))) {
      const hint = withNamed(`ingest explain ${name} says why`, namedBy(flags));
      process.stderr.write(`nothing is known of ${name}\n  to do: ${hint}\n`);
    }
    return ExitCode.done;
  });
}

function printFiles(files: readonly FileHistory[], output: OutputSettings, args: readonly string[]): void {
  if (files.length > 0 || args.length === 0)
    print(filesText(files, { ...linePage(output), detail: args.length > 0 }));
}

/** `ingest files --duplicates`: which files say the same, and what space that takes. */
function duplicates(flags: Call['flags'], args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const hint = 'leave one of the two out';
    throw new IngestError('usage', '--duplicates is about all files, but paths are given', hint);
  }
  return reading(flags, ({ db, output }) => {
    const groups = duplicateFacts(db);
    if (output.json)
      for (const group of groups) printJson({ type: 'duplicate', ...group, bytes: spaceOf(group) });
    else print(duplicatesText(groups, stdoutPage(output)));
    return ExitCode.done;
  });
}
