import { skipJsonSpace } from '../format/json-text.js';
import { JsonValueParser } from '../format/json-value.js';
import type { Finder } from './finder.js';

/** A text or number inside a cell that is JSON. */
export interface JsonString {
  /** Where it stands, its quotes included. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly finders: readonly Finder[];
}

/** The finders for a column, or for a member of that name; none where it is not redacted. */
export type FindersFor = (name: string) => readonly Finder[];

/** Whether a cell is a JSON object or array. */
export function isJson(cell: string): boolean {
  if (!/^\s*[{[]/.test(cell)) return false;
  const parser = new JsonValueParser(cell);
  try {
    parser.read(skipJsonSpace(cell, 0));
  } catch {
    return false;
  }
  return skipJsonSpace(cell, parser.end) === cell.length;
}

/** The place of a token: in an object or array, under these names. */
interface Level {
  readonly isArray: boolean;
  readonly names: readonly string[];
  readonly finders: readonly Finder[];
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

/**
 * The texts and numbers in a JSON cell of a column that are to be redacted: all where the column is, else those under a
 * key that has the name of a redacted column, alone or with the keys before it as columns are named (`a_b`).
 */
export function stringsToRedact(cell: string, column: string, findersFor: FindersFor): JsonString[] {
  const strings: JsonString[] = [];
  const levels: Level[] = [];
  let here: Omit<Level, 'isArray'> = { names: [column], finders: findersFor(column) };
  let isKey = false;
  for (const { 0: text, index } of cell.matchAll(token)) {
    const level = levels.at(-1);
    if (text === '{' || text === '[') {
      levels.push({ ...here, isArray: text === '[' });
      isKey = text === '{';
    } else if (text === '}' || text === ']') levels.pop();
    else if (text === ',') {
      isKey = level?.isArray === false;
      if (level) here = level;
    } else if (isKey && level) {
      here = under(level, JSON.parse(text), findersFor);
      isKey = false;
    } else if (here.finders.length > 0 && /^["\d-]/.test(text)) {
      const said = text.startsWith('"') ? JSON.parse(text) : text;
      strings.push({ start: index, end: index + text.length, text: said, finders: here.finders });
    }
  }
  return strings;
}

function under(level: Level, key: string, findersFor: FindersFor): Omit<Level, 'isArray'> {
  const names = [key, ...level.names.map((name) => `${name}_${key}`)];
  const own = names.flatMap((name) => findersFor(name));
  return { names, finders: [...new Set([...level.finders, ...own])] };
}

/** A cell with some of its strings replaced, by their places. */
export function withStrings(
  cell: string,
  strings: readonly JsonString[],
  texts: ReadonlyMap<number, string>,
): string {
  let result = '';
  let copied = 0;
  for (const [place, { start, end }] of strings.entries()) {
    const text = texts.get(place);
    if (text === undefined) continue;
    result += cell.slice(copied, start) + JSON.stringify(text);
    copied = end;
  }
  return result + cell.slice(copied);
}
