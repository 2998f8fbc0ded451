import { isJsonSpace, skipJsonSpace } from './json-text.js';
import { JsonValueParser } from './json-value.js';

/** The first index from `from` on that is no white space, or a line end. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] !== '\n' && isJsonSpace(text.charCodeAt(at))) at++;
  return at;
}

/** What may stand at `behind` after a value that ends at `end`: a line end, or another value (`1{` but not `1-2`). */
export function mayFollow(text: string, end: number, behind: number): boolean {
  const next = text.charAt(behind);
  return next === '' || next === '\n' || (end === behind ? '{[' : '{["-0123456789tfn').includes(next);
}

/** The next line with something on it, behind a line that ends at `lineEnd`. */
export function nextLine(text: string, lineEnd: number): { start: number; end: number } {
  const start = skipJsonSpace(text, lineEnd);
  const newline = text.indexOf('\n', start);
  return { start, end: newline === -1 ? text.length : newline };
}

/** True if the next line behind a line end is a record of its own. */
export function startsLines(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  const { start, end } = nextLine(text, 0);
  return isRecordLine(text.slice(start, end));
}

/** True for a line that is one object or array. */
export function isRecordLine(line: string): boolean {
  if (line[0] !== '{' && line[0] !== '[') return false;
  const parser = new JsonValueParser(line);
  try {
    parser.read(0);
  } catch {
    return false;
  }
  return skipJsonSpace(line, parser.end) === line.length;
}
