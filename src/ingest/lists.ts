import { folded } from '../domain/columnName.js';
import { IngestError } from '../domain/errors.js';
import type { ChildPart, SegmentFile } from '../domain/segment.js';
import type { ParseSettings } from '../domain/settings.js';
import { compareKeys } from '../format/json-names.js';
import { storableName } from '../format/names.js';
import type { ArrivingLists, ArrivingTable } from '../store/arrival.js';
import type { Store } from '../store/store.js';
import type { ColumnFinding } from '../store/table.js';

/** A file on its way into a table of records. */
export interface ArrivingFile {
  readonly fileId: number;
  /** The table of its records. */
  readonly table: string;
  readonly part: SegmentFile;
  readonly parse: ParseSettings;
}

/**
 * Makes the child tables ready for the lists of a file's records, in the file's own transaction, and takes ids for their
 * rows. Returns null where there are none. Throws IngestError `unrelated_columns` for a table that holds something else.
 */
export function admitLists(
  store: Store,
  { fileId, table, part, parse }: ArrivingFile,
  find: (finding: ColumnFinding) => void,
): ArrivingLists | null {
  if (part.childRows === 0) return null;
  const names = childTableNames(table, part.children, parse.children);
  const tables = part.children.map(({ columns, parent, shapes }, place): ArrivingTable => {
    const arriving = { fileId, columns, types: parse.types };
    const name = names[place] ?? '';
    const admitted = store.tables.admit(name, arriving, find, names[parent] ?? table);
    return { table: admitted, depth: depthOf(part.children, place), shapes };
  });
  return { rows: part.childRows, firstId: store.takeRecordIds(part.childRows, names), tables };
}

/** A list of objects, and what it lies in. */
type List = Pick<ChildPart, 'parent' | 'path' | 'field'>;

function depthOf(children: readonly ChildPart[], place: number): number {
  const { parent = -1 } = children[place] ?? {};
  return parent < 0 ? 1 : 1 + depthOf(children, parent);
}

/**
 * The tables of a file's lists: named by `children`, or `<table>_<field>`. Where that stands for two, the later by the
 * keys that lead to it gets a number. Throws IngestError `unrelated_columns` for two that are given one name.
 */
export function childTableNames(
  table: string,
  children: readonly List[],
  given: ParseSettings['children'],
): string[] {
  const names: string[] = [];
  const taken = new Map<string, List>();
  // A list comes before those that lie in it.
  const inOrder = [...children.entries()].sort(([, a], [, b]) => compareKeys(a.path, b.path));
  for (const [place, child] of inOrder) {
    const { parent, path, field } = child;
    const wanted = own(given, path.join('.')) ?? own(given, field) ?? own(given, path.at(-1) ?? '');
    const base = wanted ?? `${names[parent] ?? table}_${storableName(field)}`;
    let name = base;
    for (let count = 2; wanted === undefined && taken.has(folded(name)); count += 1)
      name = `${base}_${count}`;
    const other = taken.get(folded(name));
    if (other) throw namedTwice(name, other, child);
    taken.set(folded(name), child);
    names[place] = name;
  }
  return names;
}

/** A key of a file may be called as what every object inherits. */
function own(given: ParseSettings['children'], key: string): string | undefined {
  return Object.hasOwn(given, key) ? given[key] : undefined;
}

function namedTwice(name: string, one: List, other: List): IngestError {
  const lists = `${one.path.join('.')} and ${other.path.join('.')}`;
  return new IngestError(
    'unrelated_columns',
    `The lists ${lists} would both go to table ${name}.`,
    `Tell them apart in the config file: "children": { ${JSON.stringify(other.path.join('.'))}: "…" }.`,
  );
}
