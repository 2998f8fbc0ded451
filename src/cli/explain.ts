import { existsSync } from 'node:fs';
import { resolveDatabase } from '../config/settings.js';
import { ExitCode } from '../domain/errors.js';
import { explain } from '../ingest/explain.js';
import { heldShard } from '../ingest/shard.js';
import { explainText } from '../report/explainText.js';
import { openForReading } from '../store/database.js';
import type { Call } from './commands.js';
import { knownSources, plainReach } from './knownSources.js';
import { namedBy } from './named.js';
import { print, printJson, stdoutPage } from './page.js';

/** `ingest explain <path…>`: why a file is in the state it is in, and what the next run would do. */
export async function explainCommand({ args, flags }: Call): Promise<number> {
  const cwd = process.cwd();
  const { db: path, output } = await resolveDatabase(flags, process.env, cwd);
  const db = existsSync(path) ? openForReading(path) : null;
  try {
    const sources = await knownSources(flags, db, cwd);
    const next = { force: false, checksum: false, acceptShrink: false, shard: db && heldShard(db) };
    const page = { ...stdoutPage(output), named: namedBy(flags) };
    for (const [i, asked] of args.entries()) {
      const explanation = await explain(asked, { ...sources, cwd, db, next, reach: plainReach });
      if (output.json) printJson({ type: 'explain', ...explanation });
      else print(`${i === 0 ? '' : '\n'}${explainText(explanation, page)}`);
    }
    return ExitCode.done;
  } finally {
    db?.close();
  }
}
