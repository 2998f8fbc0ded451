import { tableNameProblem } from '../config/tableName.js';
import type { DraftRule } from '../report/configDraft.js';
import { counted, size } from '../report/units.js';
import { childTableNames } from './lists.js';
import type { FileGroup } from './look.js';
import { exactly } from './nameShape.js';

/** Rules beyond these are left to the source's own table. */
const mostRules = 30;
const namedColumns = 6;
/** Two shapes of which this share of columns is the same belong into one table. */
const sameTable = 0.5;

interface Table {
  readonly name: string;
  readonly columns: ReadonlySet<string>;
}

/**
 * A rule for each shape of names, the most specific first; shapes with like columns share a table. `rest` is the
 * source's own table, which a shape without words gets.
 */
export function draftRules(groups: readonly FileGroup[], rest: string): DraftRule[] {
  const tables: Table[] = [];
  const readable = groups.filter(({ columns }) => columns.length > 0).slice(0, mostRules);
  const rules = readable.map((group) => ({ group, table: tableOf(group, tables, rest) }));
  return rules
    .map(({ group, table }): DraftRule => {
      const { pathColumns } = group;
      return { match: matchOf(group), table, pathColumns, about: aboutOf(group, table) };
    })
    .filter(({ match, table }) => match.startsWith(everywhere) || table !== rest)
    .sort((a, b) => literals(b) - literals(a));
}

const everywhere = '**/';

/** One file with a name that has no words shows no shape: its rule is for it alone. */
function matchOf({ shape, path, files }: FileGroup): string {
  return files === 1 && shape.words.length === 0 ? exactly(path) : `${everywhere}${shape.glob}`;
}

function tableOf({ shape, columns }: FileGroup, tables: Table[], rest: string): string {
  const own = new Set(columns.map((name) => name.toLowerCase()));
  const like = tables.find((table) => likeness(table.columns, own) >= sameTable);
  if (like) return like.name;
  const wanted = tableName(shape.words, rest);
  const taken = new Set(tables.map(({ name }) => name.toLowerCase()));
  let name = wanted;
  for (let i = 2; taken.has(name.toLowerCase()); i += 1) name = `${wanted}_${i}`;
  tables.push({ name, columns: own });
  return name;
}

/** A name made of words that stand in all file names; `rest` where there are none. */
function tableName(words: readonly string[], rest: string): string {
  const name = words
    .join('_')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_');
  if (name === '') return rest;
  return tableNameProblem(name) === null ? name : `t_${name}`;
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((name) => b.has(name)).length;
  return shared / (a.size + b.size - shared);
}

/** Characters that a name must have. */
function literals({ match }: DraftRule): number {
  return match.replaceAll('*', '').length;
}

function aboutOf({ files, bytes, format, columns, lists }: FileGroup, table: string): string {
  const named = columns.slice(0, namedColumns).join(', ');
  const more = columns.length > namedColumns ? ', …' : '';
  return `${counted(files, 'file')}, ${size(bytes)}: ${format}; ${counted(columns.length, 'column')}: ${named}${more}${listsText(table, lists)}`;
}

function listsText(table: string, lists: FileGroup['lists']): string {
  if (lists.length === 0) return '';
  const tables = childTableNames(table, lists, {});
  return `; its lists go to ${counted(lists.length, 'child table')}: ${tables.join(', ')}`;
}
