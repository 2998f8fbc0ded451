import type { z } from 'zod';
import { IngestError } from '../domain/errors.js';
import type { ConfigDocument } from './file.js';
import { nearest, suggestion } from './nearest.js';
import { type Config, configSchema, knownKeys } from './schema.js';

type Issue = z.core.$ZodIssue;

/**
 * The config in a document. Throws IngestError('config') for the first thing wrong in it: where it stands
 * (file, line, column and a path such as `sources[0].order`) and what was expected there.
 */
export function checkConfig(document: ConfigDocument): Config {
  const result = configSchema.safeParse(document.value);
  if (result.success) return result.data;
  const [first] = result.error.issues
    .map((issue) => locate(issue, document))
    .sort((a, b) => rank(a.issue) - rank(b.issue) || a.offset - b.offset);
  throw first === undefined ? result.error : configError(first.issue, document);
}

/** A misspelt key comes before the key that is missing because of it. */
function rank(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? 0 : 1;
}

function locate(issue: Issue, document: ConfigDocument): { issue: Issue; offset: number } {
  const inner = innermost(issue);
  const path = pathOf(inner.code === 'unrecognized_keys' ? [...inner.path, inner.keys[0] ?? ''] : inner.path);
  return { issue: inner, offset: document.offset(path) };
}

/** Of the ways in which a union was missed, the one that came furthest. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const [deepest] = issue.errors
    .flat()
    .filter(({ path }) => path.length > 0)
    .sort((a, b) => b.path.length - a.path.length);
  return deepest === undefined ? issue : innermost({ ...deepest, path: [...issue.path, ...deepest.path] });
}

function configError(issue: Issue, document: ConfigDocument): IngestError {
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.path, issue.keys[0] ?? '', document);
  const path = pathOf(issue.path);
  const where = `${document.position(path, 'value')}: ${pathText(path)}`;
  const written = document.excerpt(path);
  if (issue.code === 'custom') {
    const hint = String(issue.params?.hint ?? issue.message);
    return new IngestError('config', `${where} is ${written}: ${issue.message}`, hint);
  }
  const message = written === null ? `${where} is missing` : `${where} is ${written}`;
  return new IngestError('config', message, valueHint(issue, written));
}

function unknownKey(parent: readonly PropertyKey[], key: string, document: ConfigDocument): IngestError {
  const path = [...pathOf(parent), key];
  const message = `${document.position(path, 'key')}: unknown key ${pathText(path)}`;
  return new IngestError('config', message, suggestion(key, knownKeys(parent)));
}

function valueHint(issue: Issue, written: string | null): string {
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const near = written === null ? null : nearest(written.replaceAll('"', ''), words);
  return near === null ? `expected ${issue.message}` : `did you mean "${near}"? (expected ${issue.message})`;
}

function pathOf(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

/** `['sources', 0, 'name']` → `sources[0].name`. */
function pathText(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return text === '' ? 'the config' : text.replace(/^\./, '');
}
