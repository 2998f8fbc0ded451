import { resolve } from 'node:path';
import type { Given } from '../config/resolve.js';
import { resolveDatabase } from '../config/settings.js';
import { filesText } from '../report/filesText.js';
import { jsonText } from '../report/jsonLines.js';
import { openForReading } from '../store/database.js';
import { fileFacts } from '../store/queries.js';

/** `ingest files [path…]`: what the ledger says of each file; works while a run goes on. */
export function filesCommand(paths: readonly string[], flags: Given): void {
  const { db: path, output } = resolveDatabase(flags, process.env, process.cwd());
  const db = openForReading(path);
  // A path may be one of the ledger or one from here; looking whether it exists could hang.
  const wanted = paths.flatMap((name) => [name, resolve(name)]);
  try {
    const files = fileFacts(db, wanted);
    if (output.json) {
      for (const file of files) process.stdout.write(`${jsonText(file)}\n`);
      return;
    }
    const page = {
      width: process.stdout.columns ?? 80,
      color: output.color && Boolean(process.stdout.isTTY),
    };
    process.stdout.write(`${filesText([...files], { ...page, detail: paths.length > 0 })}\n`);
  } finally {
    db.close();
  }
}
