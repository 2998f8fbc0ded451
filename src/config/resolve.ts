import { IngestError } from '../domain/errors.js';
import { nearest } from './nearest.js';
import { flagName, type OptionKey, type OptionValue, optionKeys, options, variableName } from './options.js';
import type { Raw } from './valueTypes.js';

/** In order of precedence. */
export const origins = ['flag', 'environment', 'file', 'default'] as const;
export type Origin = (typeof origins)[number];

export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** True when the command line or the environment says it, which goes for every source. */
export function isCommanded({ origin }: Resolved<unknown>): boolean {
  return origin === 'flag' || origin === 'environment';
}

/** The value of every option with where it came from. */
export type Values = { readonly [K in OptionKey]: Resolved<OptionValue<K>> };

/** What one place says, as it is written there. */
export type Given = Partial<Record<OptionKey, Raw>>;

/** What every place but the defaults says. */
export type GivenByOrigin = Readonly<Record<Exclude<Origin, 'default'>, Given>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** How a value is named where it was written. */
export function placeName(key: OptionKey, origin: Origin): string {
  if (origin === 'flag') return flagName(key);
  return origin === 'environment' ? variableName(key) : `"${key}" in the config file`;
}

/** What the environment says of the options. */
export function givenByEnvironment(env: Environment): Given {
  const given: Given = {};
  for (const key of optionKeys) {
    const value = env[variableName(key)];
    if (value !== undefined) given[key] = value;
  }
  return given;
}

/** Variables that are ours and set no option. */
const otherVariables = ['INGEST_EXIT_CODE', 'INGEST_FAILPOINT'];

/** A warning for each variable of the environment that looks like one of ours and is none. */
export function unknownVariables(env: Environment): { readonly message: string; readonly hint: string }[] {
  const known = optionKeys.map(variableName);
  return Object.keys(env)
    .filter((name) => name.startsWith('INGEST_') && ![...known, ...otherVariables].includes(name))
    .sort()
    .map((name) => {
      const near = nearest(name, known);
      const hint = near === null ? 'ingest --help names the options' : `did you mean ${near}?`;
      return { message: `the environment variable ${name} is not known and means nothing`, hint };
    });
}

/** Every option by flag, then environment, then file, then default. Throws IngestError('usage'). */
export function resolveOptions(given: GivenByOrigin): Values {
  return Object.fromEntries(optionKeys.map((key) => [key, resolveOption(key, given)])) as Values;
}

function resolveOption(key: OptionKey, given: GivenByOrigin): Resolved<unknown> {
  for (const origin of ['flag', 'environment', 'file'] as const) {
    const raw = given[origin][key];
    if (raw !== undefined) return { value: parseOption(key, origin, raw), origin };
  }
  return { value: options[key].default, origin: 'default' };
}

function parseOption(key: OptionKey, origin: Origin, raw: Raw): unknown {
  const { type } = options[key];
  const value = type.parse(raw);
  if (value !== undefined) return value;
  const near = nearest(String(raw), type.choices ?? []);
  const place = placeName(key, origin);
  if (near === null) throw new IngestError('usage', `${place} cannot be "${raw}"`, `write ${type.expected}`);
  throw new IngestError('usage', `${place}: "${raw}" is not ${type.expected}`, `did you mean "${near}"?`);
}
