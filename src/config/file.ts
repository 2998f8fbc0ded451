import { readFileSync } from 'node:fs';
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { IngestError, messageOf, systemCode } from '../domain/errors.js';

type KeyPath = readonly (string | number)[];

/** A config file as read: a JSON value that knows where in the text each part stands. */
export interface ConfigDocument {
  /** Absolute. */
  readonly path: string;
  readonly value: unknown;
  /** `file:line:column` of the value at `path`, or of the key itself; of what is missing: its surroundings. */
  position(path: KeyPath, part: 'key' | 'value'): string;
  /** Characters from the start of the file to the value at `path`. */
  offset(path: KeyPath): number;
  /** The value at `path` as the file writes it, shortened; null when there is none. */
  excerpt(path: KeyPath): string | null;
}

/**
 * Reads JSON with comments and trailing commas. Throws IngestError('config') for a file that cannot be read,
 * and with line and column for a wrong syntax, a key that stands twice, or the key `__proto__`.
 */
export function readConfig(path: string): ConfigDocument {
  const source = readText(path);
  const at = (offset: number) => `${path}:${lineAndColumn(source, offset)}`;
  const { root, value } = withinStack(path, () => {
    const tree = parseJson(source, at);
    return { root: tree, value: toValue(tree, at) };
  });
  return {
    path,
    value,
    position: (where, part) => at(nearestNode(root, where, part).offset),
    offset: (where) => nearestNode(root, where, 'value').offset,
    excerpt: (where) => excerptOf(source, findNodeAtLocation(root, [...where])),
  };
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') {
      const hint = 'check --config and INGEST_CONFIG, or leave both out to use ./ingest.config.json';
      throw new IngestError('config', `${path}: there is no such config file`, hint, { cause });
    }
    const hint = 'the config file must be a readable text file in UTF-8';
    throw new IngestError('config', `${path}: cannot be read: ${messageOf(cause)}`, hint, { cause });
  }
}

/** The parser calls itself for every level of nesting. */
function withinStack<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new IngestError('config', `${path}: nested too deeply`, 'take out what is nested', { cause });
  }
}

function parseJson(source: string, at: (offset: number) => string): Node {
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error === undefined && root !== undefined) return root;
  const problem = error === undefined ? 'value expected' : inWords(printParseErrorCode(error.error));
  const hint =
    'mend the syntax there: the file is JSON; comments and a comma after the last entry are allowed';
  throw new IngestError('config', `${at(error?.offset ?? 0)}: ${problem}`, hint);
}

/** `CommaExpected` → `comma expected`. */
function inWords(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, ' $&').toLowerCase();
}

function toValue(node: Node, at: (offset: number) => string): unknown {
  const children = node.children ?? [];
  if (node.type === 'array') return children.map((child) => toValue(child, at));
  if (node.type !== 'object') return node.value;
  const value = new Map<string, unknown>();
  for (const { children: [key, child] = [] } of children) {
    if (key === undefined || child === undefined) continue;
    checkKey(key, value, at);
    value.set(key.value, toValue(child, at));
  }
  return Object.fromEntries(value);
}

/** JSON lets the last of two equal keys win in silence, and `__proto__` is lost on the way through objects. */
function checkKey(key: Node, seen: ReadonlyMap<string, unknown>, at: (offset: number) => string): void {
  if (key.value !== '__proto__' && !seen.has(key.value)) return;
  const problem = seen.has(key.value) ? 'stands twice' : 'cannot be used';
  throw new IngestError('config', `${at(key.offset)}: the key "${key.value}" ${problem}`, 'take one away');
}

function nearestNode(root: Node, path: KeyPath, part: 'key' | 'value'): Node {
  const node = findNodeAtLocation(root, [...path]);
  if (node === undefined) return path.length === 0 ? root : nearestNode(root, path.slice(0, -1), 'value');
  return (part === 'key' ? node.parent?.children?.[0] : undefined) ?? node;
}

function lineAndColumn(source: string, offset: number): string {
  const before = source.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

function excerptOf(source: string, node: Node | undefined): string | null {
  if (node === undefined) return null;
  const text = source.slice(node.offset, node.offset + node.length).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
