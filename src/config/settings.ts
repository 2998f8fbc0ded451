import { dirname, resolve } from 'node:path';
import { IngestError } from '../domain/errors.js';
import type {
  CacheSettings,
  OutputSettings,
  ParseSettings,
  RunSettings,
  SourceSettings,
  TellSettings,
  TimeSpan,
} from '../domain/settings.js';
import { parseBytes } from './byteSize.js';
import { parseDuration } from './duration.js';
import type { ConfigDocument } from './file.js';
import { findConfig } from './findConfig.js';
import { fileOptions, type OptionKey } from './options.js';
import {
  type Environment,
  type Given,
  givenByEnvironment,
  origins,
  placeName,
  resolveOptions,
  type Values,
} from './resolve.js';
import type { Config } from './schema.js';
import { type Resolution, selectSources, sourcesOfFile } from './selection.js';
import { defaultParse } from './sources.js';
import { parseUntil, parseWhen } from './when.js';

export interface Settings {
  readonly run: RunSettings;
  readonly output: OutputSettings;
  readonly tell: TellSettings;
  /** The config file that was read. */
  readonly configPath: string | null;
}

/** The settings of a command that only reads the database. */
export interface DatabaseSettings {
  /** Absolute path. */
  readonly db: string;
  /** Null: without. */
  readonly cache: CacheSettings | null;
  readonly output: OutputSettings;
}

/** The settings of a command that is about the cache alone. */
export interface CacheTarget {
  /** Absolute path of the database that the cache belongs to. */
  readonly db: string;
  readonly cache: CacheSettings;
  readonly output: OutputSettings;
}

/** What only the config file can say otherwise, by its keys there. */
export const fileDefaults = {
  batch: { rows: 50_000, writer: 'pages' },
  cache: { maxBytes: '2GiB', ttl: '90d' },
} as const;

/**
 * The settings of a run over `roots`, or over the config file's sources when there are none. Reads the config
 * file and nothing else. Throws IngestError('usage') or IngestError('config').
 */
export async function resolveSettings(
  flags: Given,
  roots: readonly string[],
  env: Environment,
  cwd: string,
  now: Date,
): Promise<Settings> {
  const resolution = await readAll(flags, env, cwd);
  const output = outputSettings(resolution, env);
  const run = runSettings(resolution, selectSources(resolution, roots), now);
  return { run, output, tell: tellSettings(resolution), configPath: resolution.configPath };
}

/** Where the database is and how to talk about it; errors as `resolveSettings`. */
export async function resolveDatabase(
  flags: Given,
  env: Environment,
  cwd: string,
): Promise<DatabaseSettings> {
  return databaseSettings(await readAll(flags, env, cwd), env);
}

/** How records are read today, for a command that reads no file. */
export interface ParsingSettings extends DatabaseSettings {
  /** Those of the config file. */
  readonly sources: readonly SourceSettings[];
  /** For files of other sources. */
  readonly otherwise: ParseSettings;
}

/** Where the database is and how the records of its files are read today; errors as `resolveSettings`. */
export async function resolveParsing(flags: Given, env: Environment, cwd: string): Promise<ParsingSettings> {
  const resolution = await readAll(flags, env, cwd);
  return {
    ...databaseSettings(resolution, env),
    sources: sourcesOfFile(resolution),
    otherwise: defaultParse,
  };
}

/** What is asked of the cache instead of a run, or null. */
export function cacheTask(flag: Given, env: Environment): 'stats' | 'clear' | null {
  const values = resolveOptions({ flag, environment: givenByEnvironment(env), file: {} });
  const { cacheStats, clearCache } = values;
  if (cacheStats.value && clearCache.value) {
    const [one, other] = [
      placeName('cacheStats', cacheStats.origin),
      placeName('clearCache', clearCache.origin),
    ];
    throw new IngestError('usage', `${one} and ${other} contradict each other`, 'leave one of them out');
  }
  return cacheStats.value ? 'stats' : clearCache.value ? 'clear' : null;
}

/** Where the cache is and how to talk about it; errors as `resolveSettings`. */
export async function resolveCache(flags: Given, env: Environment, cwd: string): Promise<CacheTarget> {
  const resolution = await readAll(flags, env, cwd);
  const db = absolute('db', resolution.values.db.value, resolution);
  return { db, cache: cacheSettings(resolution), output: outputSettings(resolution, env) };
}

/** What flags, environment and config file say; reads the config file. Throws as `resolveSettings`. */
export async function readAll(flag: Given, env: Environment, cwd: string): Promise<Resolution> {
  const environment = givenByEnvironment(env);
  const named = resolveOptions({ flag, environment, file: {} }).config.value;
  const configPath = findConfig(named, env, cwd);
  const { document, config } = configPath === null ? { document: null, config: {} } : await read(configPath);
  const ofFile: Given = Object.fromEntries(fileOptions.map((key) => [key, config[key]]));
  const path = config.cache?.path;
  const file: Given = path === undefined ? ofFile : { ...ofFile, cache: path };
  return { values: resolveOptions({ flag, environment, file }), config, configPath, document, cwd };
}

/** A config file, checked. What reads and checks it is loaded where there is one: that takes longer than many a run. */
async function read(path: string): Promise<{ document: ConfigDocument; config: Config }> {
  const [{ readConfig }, { checkConfig }] = await Promise.all([import('./file.js'), import('./check.js')]);
  const document = readConfig(path);
  return { document, config: checkConfig(document) };
}

function runSettings(resolution: Resolution, sources: RunSettings['sources'], now: Date): RunSettings {
  const { values } = resolution;
  return {
    db: absolute('db', values.db.value, resolution),
    sources,
    span: timeSpan(values, now),
    limit: values.limit.value,
    order: values.order.value,
    concurrency: values.concurrency.value,
    workers: values.workers.value,
    dryRun: values.dryRun.value,
    force: values.force.value,
    checksum: values.checksum.value,
    strict: values.strict.value,
    maxRejects: values.maxRejects.value,
    acceptShrink: values.acceptShrink.value,
    shard: values.shard.value,
    batchRows: resolution.config.batch?.rows ?? fileDefaults.batch.rows,
    batchWriter: resolution.config.batch?.writer ?? fileDefaults.batch.writer,
    cache: values.noCache.value ? null : cacheSettings(resolution),
  };
}

function databaseSettings(resolution: Resolution, env: Environment): DatabaseSettings {
  return {
    db: absolute('db', resolution.values.db.value, resolution),
    cache: resolution.values.noCache.value ? null : cacheSettings(resolution),
    output: outputSettings(resolution, env),
  };
}

/** Where the cache is and how large it may become. */
export function cacheSettings(resolution: Resolution): CacheSettings {
  const { values, config } = resolution;
  const { maxBytes = fileDefaults.cache.maxBytes, ttl = fileDefaults.cache.ttl } = config.cache ?? {};
  const path = values.cache.value;
  return {
    path:
      path === null
        ? `${absolute('db', values.db.value, resolution)}.cache`
        : absolute('cache', path, resolution),
    maxBytes: parseBytes(maxBytes) ?? 0,
    ttlMs: parseDuration(ttl) ?? 0,
  };
}

function outputSettings(resolution: Resolution, env: Environment): OutputSettings {
  const { json, noColor, noProgress, logFile } = resolution.values;
  return {
    json: json.value,
    verbosity: verbosity(resolution.values),
    color: !noColor.value && !env.NO_COLOR && env.TERM !== 'dumb',
    progress: !noProgress.value && env.TERM !== 'dumb',
    logFile: logFile.value === null ? null : absolute('logFile', logFile.value, resolution),
  };
}

function tellSettings(resolution: Resolution): TellSettings {
  const { metricsFile, pingUrl, onFailure } = resolution.values;
  return {
    metricsFile: metricsFile.value === null ? null : absolute('metricsFile', metricsFile.value, resolution),
    pingUrl: pingUrl.value,
    onFailure: onFailure.value,
  };
}

/** Of quiet and verbose, the one said in the place that comes first. */
function verbosity({ quiet, verbose }: Values): -1 | 0 | 1 {
  if (!quiet.value || !verbose.value) return quiet.value ? -1 : verbose.value ? 1 : 0;
  if (quiet.origin !== verbose.origin) {
    return origins.indexOf(quiet.origin) < origins.indexOf(verbose.origin) ? -1 : 1;
  }
  const [less, more] = [placeName('quiet', quiet.origin), placeName('verbose', verbose.origin)];
  throw new IngestError('usage', `${less} and ${more} contradict each other`, 'leave one of them out');
}

function timeSpan({ since, until }: Values, now: Date): TimeSpan {
  const start = since.value === null ? null : parseWhen(since.value, now, placeName('since', since.origin));
  const end = until.value === null ? null : parseUntil(until.value, now, placeName('until', until.origin));
  if (typeof start === 'bigint' && end !== null && start > end) {
    const places = `${placeName('since', since.origin)} ${since.value} lies after ${placeName('until', until.origin)} ${until.value}`;
    throw new IngestError('usage', `${places}: no file can match`, 'exchange the two');
  }
  return { since: start, until: end };
}

/** Paths in the config file are relative to it, others to the working directory. */
function absolute(key: OptionKey, path: string, { values, configPath, cwd }: Resolution): string {
  const fromFile = values[key].origin === 'file' && configPath !== null;
  return resolve(fromFile ? dirname(configPath) : cwd, path);
}
