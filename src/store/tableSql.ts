import { folded } from '../domain/columnName.js';
import { quoted } from './sql.js';

/** A word, a quoted name or text, a comment, or one other character of SQL. */
const token =
  /"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\w$\u0080-\uffff]+|\s+|./gsu;

/** Where the constraints of a column begin, or a constraint of the table. */
const constraint =
  /^(?:constraint|primary|not|null|unique|check|default|collate|references|generated|as|foreign)$/i;

/**
 * The text of a CREATE TABLE with another name for the table and other types for some of its columns (by folded
 * name); everything else, as its constraints, stays as it is written.
 */
export function withTypes(sql: string, name: string, types: ReadonlyMap<string, string>): string {
  const tokens: readonly string[] = sql.match(token) ?? [];
  const open = tokens.indexOf('(');
  const close = closing(tokens, open);
  const columns = definitions(tokens.slice(open + 1, close)).map((definition) => withType(definition, types));
  return `CREATE TABLE ${quoted(name)} (${columns.join(',')})${tokens.slice(close + 1).join('')}`;
}

function closing(tokens: readonly string[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at] === '(') depth++;
    if (tokens[at] === ')' && --depth === 0) return at;
  }
  return tokens.length;
}

/** Cuts the tokens between the outer brackets at their commas. */
function definitions(tokens: readonly string[]): string[][] {
  const cut: string[][] = [[]];
  let depth = 0;
  for (const one of tokens) {
    if (one === '(') depth++;
    if (one === ')') depth--;
    if (one === ',' && depth === 0) cut.push([]);
    else cut.at(-1)?.push(one);
  }
  return cut;
}

function withType(definition: readonly string[], types: ReadonlyMap<string, string>): string {
  const at = definition.findIndex(isWord);
  const name = definition[at] ?? '';
  const type = types.get(folded(unquoted(name)));
  if (type === undefined || constraint.test(name)) return definition.join('');
  const rest = definition.slice(at + 1);
  const end = rest.findIndex((one) => constraint.test(one));
  const constraints = end < 0 ? '' : ` ${rest.slice(end).join('')}`;
  // A comment behind the column would hide what follows on its line.
  const comments = (end < 0 ? rest : rest.slice(0, end)).filter(isComment).map((text) => `${text}\n`);
  return `${definition.slice(0, at + 1).join('')} ${type}${constraints} ${comments.join('')}`.trimEnd();
}

function isWord(text: string): boolean {
  return text.trim() !== '' && !isComment(text);
}

function isComment(text: string): boolean {
  return text.startsWith('--') || text.startsWith('/*');
}

function unquoted(name: string): string {
  const mark = name.charAt(0);
  if (mark === '[') return name.slice(1, -1);
  return '"`\''.includes(mark) ? name.slice(1, -1).replaceAll(mark + mark, mark) : name;
}
