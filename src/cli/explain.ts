import { existsSync } from 'node:fs';
import { effectiveConfig } from '../config/effective.js';
import type { Given } from '../config/resolve.js';
import { resolveDatabase } from '../config/settings.js';
import { ExitCode } from '../domain/errors.js';
import { explain, type KnownSources } from '../ingest/explain.js';
import { planSources } from '../ingest/plan.js';
import { heldShard } from '../ingest/shard.js';
import { explainText } from '../report/explainText.js';
import { readMounts } from '../share/filesystem.js';
import { type Connection, openForReading } from '../store/database.js';
import { sourceFacts } from '../store/queries.js';
import type { Call } from './commands.js';
import { print, printJson, stdoutPage } from './page.js';

/** `ingest explain <path…>`: why a file is in the state it is in, and what the next run would do. */
export function explainCommand({ args, flags }: Call): number {
  const cwd = process.cwd();
  const { db: path, output } = resolveDatabase(flags, process.env, cwd);
  const db = existsSync(path) ? openForReading(path) : null;
  try {
    const sources = knownSources(flags, db, cwd);
    const shard = db && heldShard(db);
    const settings = { force: false, checksum: false, acceptShrink: false, shard };
    const explanations = args.map((asked) => explain(asked, cwd, db, sources, settings));
    const page = stdoutPage(output);
    if (output.json) explanations.forEach(printJson);
    else print(explanations.map((explanation) => explainText(explanation, page)).join('\n\n'));
    return ExitCode.done;
  } finally {
    db?.close();
  }
}

/** The sources of the config file, and the roots of the command line that the ledger knows. */
function knownSources(flags: Given, db: Connection | null, cwd: string): KnownSources {
  const { sources, disabled } = effectiveConfig(flags, [], process.env, cwd);
  const named = new Set(sources.map(({ name }) => name));
  const others = db === null ? [] : sourceFacts(db).filter(({ name }) => !named.has(name));
  const roots = others.map(({ root }) => root);
  const adHoc = roots.length === 0 ? [] : effectiveConfig(flags, roots, process.env, cwd).sources;
  return { planned: planSources([...sources, ...adHoc], readMounts()), disabled };
}
