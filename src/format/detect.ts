import { JsonSyntaxError } from './json-error.js';
import { skipJsonSpace } from './json-text.js';
import { JsonValueParser } from './json-value.js';
import { byteOrderMark } from './utf8.js';

export type Format = 'csv' | 'json';

/** How much of a head is looked at. */
const headBytes = 16 * 1024;

const jsonEnding = /\.(?:json|ndjson|jsonl|geojson)(?:\.gz)?$/i;

/**
 * Judges by the first bytes of a file (a few KiB are enough) what it is: its content decides. The ending only
 * decides about an empty file and one that starts with a bracket but is neither; and it makes a broken first line
 * worth looking behind.
 */
export function detectFormat(head: Buffer, path: string): Format {
  const text = head.toString('utf8', byteOrderMark(head), headBytes);
  const start = skipJsonSpace(text, 0);
  const named: Format = jsonEnding.test(path) ? 'json' : 'csv';
  if (start === text.length) return named;
  if ('{['.includes(text.charAt(start))) return opensJson(text, start) ? 'json' : named;
  if (named === 'csv') return 'csv';
  return /^\s*[{[]/m.test(text) || isValueAlone(text, start) ? 'json' : 'csv';
}

/**
 * True for a JSON object whose `type` says that it is GeoJSON's collection of features, as far as `head` goes; where
 * the features come first, they tell.
 */
export function isFeatureCollection(head: Buffer, path: string): boolean {
  const text = head.toString('utf8', byteOrderMark(head), headBytes);
  const start = skipJsonSpace(text, 0);
  if (text[start] !== '{') return false;
  const parser = new JsonValueParser(text);
  try {
    for (let at = skipJsonSpace(text, start + 1); ; at = skipJsonSpace(text, at + 1)) {
      const key = parser.readKey(at);
      const value = parser.end;
      if (key === 'features') return isFeatureList(text.slice(value), path);
      const said = parser.read(value);
      if (key === 'type') return said === 'FeatureCollection';
      at = skipJsonSpace(text, parser.end);
      if (text[at] !== ',') return false;
    }
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

function isFeatureList(text: string, path: string): boolean {
  return /\.geojson(?:\.gz)?$/i.test(path) || /^\[\s*\{\s*"type"\s*:\s*"Feature"/.test(text);
}

/**
 * True for `{` before a key and for `[` before another such start, even if it is broken further on: as CSV neither
 * would have its quote in place. Any other array, as of numbers, must hold up as far as the text goes:
 * `[mA],[V]` and `[1],[2]` are headers.
 */
function opensJson(text: string, start: number): boolean {
  const inner = skipJsonSpace(text, start + 1);
  const next = text.charAt(inner);
  if (next === '"') return true;
  if (text.charAt(start) === '[' && next === '{')
    return '"}'.includes(text.charAt(skipJsonSpace(text, inner + 1)));
  return isValueAlone(text, start);
}

/** True if a value starts at `start` that the text cuts off, or behind which a line or another value follows. */
function isValueAlone(text: string, start: number): boolean {
  const parser = new JsonValueParser(text);
  try {
    parser.read(start);
  } catch (error) {
    return error instanceof JsonSyntaxError && error.position === text.length;
  }
  return /^[ \t]*(?:$|[\r\n{[])/.test(text.slice(parser.end, parser.end + 100));
}
