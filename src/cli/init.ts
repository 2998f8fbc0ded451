import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { effectiveConfig } from '../config/effective.js';
import { ExitCode, IngestError, systemCode } from '../domain/errors.js';
import { draftRules } from '../ingest/draft.js';
import { look } from '../ingest/look.js';
import { planSources } from '../ingest/plan.js';
import { configDraft } from '../report/configDraft.js';
import { counted, size } from '../report/units.js';
import { readMounts } from '../share/filesystem.js';
import { whyUnreachable } from '../share/root.js';
import type { Call } from './commands.js';
import { print, printJson } from './page.js';

/** `ingest init <root>`: looks at a root and writes a config file that loads it. */
export async function initCommand({ args: [root = ''], flags }: Call): Promise<number> {
  const path = resolve(String(flags.config ?? process.env.INGEST_CONFIG ?? 'ingest.config.json'));
  const { sources } = effectiveConfig({}, [root], {}, process.cwd());
  const [source] = planSources(sources, readMounts());
  if (!source) throw new Error('a root is a source');
  const why = whyUnreachable(source.folder);
  if (why !== null)
    throw new IngestError('usage', `${source.folder}: ${why}`, 'name a folder, a file or a glob');
  const { groups, files, bytes, more } = await look(source);
  const rules = draftRules(groups, source.name);
  const about = `${more ? 'over ' : ''}${counted(files, 'file')}, ${size(bytes)}`;
  const schema = new URL('../config.schema.json', import.meta.url).href;
  const text = configDraft({ schema, name: source.name, root: source.settings.root, about, rules });
  writeNew(path, text);
  if (flags.json) printJson({ path, files, bytes, rules });
  else
    print(`${path} is written: ${about}, ${counted(rules.length, 'shape')} of names. Next: ingest --dry-run`);
  return ExitCode.done;
}

/** Never writes over a file that is there. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (cause) {
    const exists = systemCode(cause) === 'EEXIST';
    const what = exists ? `${path} is there already` : `${path} cannot be written (${systemCode(cause)})`;
    throw new IngestError('usage', what, 'name another file with --config', { cause });
  }
}
