import { dirname, resolve } from 'node:path';
import type { SourceSettings } from '../domain/settings.js';
import { defaultConcurrency, workersInForce } from './inForce.js';
import { type OptionKey, optionKeys } from './options.js';
import { type Environment, type Given, type Origin, placeName } from './resolve.js';
import { type Resolution, selectSources } from './selection.js';
import { cacheSettings, fileDefaults, readAll } from './settings.js';

/** A setting with its value and where that came from. */
export interface EffectiveOption {
  /** Of an option, or the keys that lead to it in the config file, with a dot between. */
  readonly name: string;
  /** Where nothing is set, what a run goes by then; null where that is nothing. */
  readonly value: unknown;
  readonly origin: Origin;
  /** The flag, the variable, or `file:line:column`; null for a default. */
  readonly place: string | null;
}

export interface EffectiveConfig {
  /** The config file that was read. */
  readonly configPath: string | null;
  readonly options: readonly EffectiveOption[];
  /** With all their defaults; empty when there are neither roots nor sources. */
  readonly sources: readonly SourceSettings[];
  /** Sources that the config file has and does not use. */
  readonly disabled: readonly { readonly name: string; readonly root: string }[];
}

/** What a run with these flags and roots would go by. Throws IngestError as the run would. */
export async function effectiveConfig(
  flags: Given,
  roots: readonly string[],
  env: Environment,
  cwd: string,
): Promise<EffectiveConfig> {
  const resolution = await readAll(flags, env, cwd);
  const { config, configPath } = resolution;
  const folder = dirname(configPath ?? cwd);
  const disabled = (config.sources ?? []).filter(({ enabled }) => enabled === false);
  const hasSources = roots.length > 0 || (config.sources ?? []).length > disabled.length;
  return {
    configPath,
    options: [...optionKeys.map((key) => effectiveOption(key, resolution)), ...settingsOfFile(resolution)],
    sources: hasSources ? selectSources(resolution, roots) : [],
    disabled: disabled.map(({ name, root }) => ({ name, root: resolve(folder, root) })),
  };
}

function effectiveOption(key: OptionKey, resolution: Resolution): EffectiveOption {
  const { values, document } = resolution;
  const { value, origin } = values[key];
  if (origin === 'default')
    return { name: key, value: value ?? inForce(key, resolution), origin, place: null };
  const place = origin === 'file' ? document?.position([key], 'value') : undefined;
  return { name: key, value, origin, place: place ?? placeName(key, origin) };
}

/** What only the config file can say, but for the sources. */
function settingsOfFile({ config, document }: Resolution): EffectiveOption[] {
  return Object.entries(fileDefaults).flatMap(([group, defaults]) => {
    const said: Readonly<Record<string, unknown>> = config[group as keyof typeof fileDefaults] ?? {};
    return Object.entries(defaults).map(([key, value]): EffectiveOption => {
      const name = `${group}.${key}`;
      if (said[key] === undefined) return { name, value, origin: 'default', place: null };
      return {
        name,
        value: said[key],
        origin: 'file',
        place: document?.position([group, key], 'value') ?? null,
      };
    });
  });
}

/** What a run goes by where an option is not set and its default is not the same everywhere; else null. */
function inForce(key: OptionKey, resolution: Resolution): unknown {
  if (key === 'workers') return workersInForce(null);
  if (key === 'concurrency') return defaultConcurrency;
  return key === 'cache' && !resolution.values.noCache.value ? cacheSettings(resolution).path : null;
}
