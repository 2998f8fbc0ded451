import { dirname, extname, resolve } from 'node:path';
import { IngestError } from '../domain/errors.js';
import type { SourceSettings } from '../domain/settings.js';
import { checkAdHocNames, checkDedupe, checkKeys } from './agreement.js';
import type { ConfigDocument } from './file.js';
import { suggestion } from './nearest.js';
import type { OptionKey } from './options.js';
import { isCommanded, placeName, type Resolved, type Values } from './resolve.js';
import type { Config, ConfiguredSource } from './schema.js';
import { adHocSource, configuredSource } from './sources.js';

/** All that flags, environment and config file say, with the folders that relative paths belong to. */
export interface Resolution {
  readonly values: Values;
  readonly config: Config;
  /** Absolute; null when there is no config file. */
  readonly configPath: string | null;
  /** The config file as it stands there. */
  readonly document: ConfigDocument | null;
  readonly cwd: string;
}

/**
 * The sources of a run: one for each root, or else those of the config file that `--source` names.
 * Throws IngestError('usage') or IngestError('config') when they contradict each other or the options.
 */
export function selectSources(resolution: Resolution, roots: readonly string[]): SourceSettings[] {
  const { source, key } = resolution.values;
  const all = roots.length > 0 ? adHocSources(resolution, roots) : configuredSources(resolution);
  checkKeys(all);
  checkDedupe(all);
  checkKeyUsed(key, all);
  return source.value.length === 0 ? all : all.filter(({ name }) => source.value.includes(name));
}

/** All sources of the config file, those among them that are not enabled too; none where there is no config file. */
export function sourcesOfFile({ values, config, configPath }: Resolution): SourceSettings[] {
  if (configPath === null) return [];
  return (config.sources ?? []).map((source) => configuredSource(source, dirname(configPath), values));
}

function adHocSources({ values, cwd }: Resolution, roots: readonly string[]): SourceSettings[] {
  if (values.source.value.length > 0) {
    throw misplaced('source', values.source, 'chooses among configured sources, but roots are given');
  }
  if (roots.includes('')) {
    throw new IngestError('usage', 'a root is empty', 'name a folder, a file or a glob');
  }
  const paths = [...new Set(roots.map((root) => resolve(cwd, root)))];
  const sources = paths.map((path) => adHocSource(path, values.table.value, values));
  checkAdHocNames(sources.filter(({ name }) => !mayNameFile(name)));
  return sources;
}

/** A file gives its folder's name to its source; that it is one, only the share can tell. */
function mayNameFile(name: string): boolean {
  return extname(name) !== '';
}

function configuredSources({ values, config, configPath }: Resolution): SourceSettings[] {
  if (configPath === null) {
    const hint = 'type a folder, a file or a glob, as in: ingest /mnt/xray; or write ./ingest.config.json';
    throw new IngestError('usage', 'there is no root and no config file: nothing to ingest', hint);
  }
  if (values.table.value !== null) {
    throw misplaced('table', values.table, 'names the table of roots, but no root is given');
  }
  const enabled = enabledSources(config.sources ?? [], values.source, configPath);
  return enabled.map((source) => configuredSource(source, dirname(configPath), values));
}

function enabledSources(
  all: readonly ConfiguredSource[],
  wanted: Resolved<readonly string[]>,
  configPath: string,
): ConfiguredSource[] {
  const hint = 'add one to "sources", or type a root: ingest /mnt/xray';
  if (all.length === 0) throw new IngestError('usage', `${configPath} has no sources`, hint);
  checkWanted(wanted, all);
  const enabled = all.filter((source) => source.enabled !== false);
  if (enabled.length === 0) throw new IngestError('usage', `${configPath} has no enabled source`, hint);
  return enabled;
}

/** Throws unless every name of `--source` is that of an enabled source. */
function checkWanted(wanted: Resolved<readonly string[]>, all: readonly ConfiguredSource[]): void {
  const place = placeName('source', wanted.origin);
  const names = all.map(({ name }) => name);
  for (const name of wanted.value) {
    const source = all.find((candidate) => candidate.name === name);
    if (source === undefined) {
      const message = `${place}: there is no source "${name}" in the config file`;
      throw new IngestError('usage', message, suggestion(name, names));
    }
    if (source.enabled === false) {
      const hint = 'take "enabled": false out of the config file';
      throw new IngestError('usage', `${place}: the source "${name}" is disabled`, hint);
    }
  }
}

/** Throws when key columns are asked of a run that deduplicates nothing by key. */
function checkKeyUsed(key: Resolved<readonly string[]>, sources: readonly SourceSettings[]): void {
  const used = sources.some(({ tables }) => tables.some(({ dedupe }) => dedupe === 'key'));
  if (used || key.value.length === 0 || !isCommanded(key)) return;
  throw misplaced('key', key, 'names key columns, but nothing is deduplicated by key', 'add --dedupe key');
}

function misplaced(
  key: OptionKey,
  { origin }: Resolved<unknown>,
  why: string,
  hint = 'leave one of the two out',
): IngestError {
  return new IngestError('usage', `${placeName(key, origin)} ${why}`, hint);
}
