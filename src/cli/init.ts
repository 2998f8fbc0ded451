import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { effectiveConfig } from '../config/effective.js';
import { ExitCode, IngestError, systemCode } from '../domain/errors.js';
import { draftRules } from '../ingest/draft.js';
import { look } from '../ingest/look.js';
import { planSources } from '../ingest/plan.js';
import { standingOf } from '../ingest/standing.js';
import { configDraft } from '../report/configDraft.js';
import { counted, size } from '../report/units.js';
import { HungCall, SourceDown } from '../share/failure.js';
import { whyNot } from '../share/health.js';
import { thisSystem } from '../share/system.js';
import type { Call } from './commands.js';
import { print, printJson } from './page.js';

/** `ingest init <root>`: looks at a root and writes a config file that loads it. */
export async function initCommand({ args: [root = ''], flags }: Call): Promise<number> {
  const path = resolve(String(flags.config ?? process.env.INGEST_CONFIG ?? 'ingest.config.json'));
  const { sources } = await effectiveConfig({}, [root], {}, process.cwd());
  const [source] = await planSources(sources, thisSystem);
  if (!source) throw new Error('a root is a source');
  const { complaint } = await standingOf(source, false, thisSystem);
  if (complaint !== null) throw unreachable(source.folder, complaint.why);
  const { groups, files, bytes, more } = await look(source, thisSystem).catch((error: unknown) => {
    const silent = error instanceof HungCall || error instanceof SourceDown;
    throw silent ? unreachable(source.folder, whyNot(error)) : error;
  });
  const rules = draftRules(groups, source.name);
  const about = `${more ? 'over ' : ''}${counted(files, 'file')}, ${size(bytes)}`;
  const schema = new URL('../config.schema.json', import.meta.url).href;
  const text = configDraft({
    trial: trial(path),
    schema,
    name: source.name,
    root: source.settings.root,
    about,
    rules,
  });
  writeNew(path, text);
  if (flags.json) printJson({ type: 'init', path, files, bytes, rules });
  else
    print(`${path} is written: ${about}, ${counted(rules.length, 'shape')} of names. Next: ${trial(path)}`);
  return ExitCode.done;
}

function unreachable(folder: string, why: string): IngestError {
  const hint = 'mount the share, or name another folder, a file or a glob';
  return new IngestError('source_unreachable', `${folder}: ${why}`, hint);
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

/** How the config file is tried out. */
function trial(path: string): string {
  return path === resolve('ingest.config.json') ? 'ingest --dry-run' : `ingest --config ${path} --dry-run`;
}
