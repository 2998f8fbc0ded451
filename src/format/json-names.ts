import { folded } from '../domain/columnName.js';
import { UniqueNames, uniqueNames } from './names.js';

/** A path as a key of maps and sets. */
export function fieldPath(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** The order of paths, key by key; a path comes before those that go on from it. */
export function compareKeys(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((key, index) => key !== b[index]);
  if (differs < 0) return a.length - b.length;
  const [one = '', other] = [a[differs], b[differs]];
  return other === undefined || one > other ? 1 : -1;
}

/** Fields by the keys that lead to them, as `fieldPath` writes them. */
export type FieldPaths = ReadonlySet<string>;

/** Names by `fieldPath`. */
export type NamesByPath = ReadonlyMap<string, string>;

/** Names of fields that would be called alike, as an earlier reading of the file found out: of columns, and of lists. */
export interface FieldNames {
  /** By the path of their table. */
  readonly columns: ReadonlyMap<string, NamesByPath>;
  readonly lists: NamesByPath;
}

export const noNames: NamesByPath = new Map();
export const noLore: FieldLore = { asText: new Set(), names: { columns: new Map(), lists: noNames } };

/** What only the whole of a file tells of its fields. */
export interface FieldLore {
  /** Fields whose objects and arrays stay text. */
  readonly asText: FieldPaths;
  readonly names: FieldNames;
}

/** Thrown at the end of a file that has to be read again with what it has told. */
export class FieldsToLearn extends Error {
  constructor(readonly lore: FieldLore) {
    super('the file is to be read again with what is known of its fields by now');
  }
}

/** What is called by a name that others may want. */
export interface Named {
  readonly path: readonly string[];
  /** What it would be called if it were alone. */
  readonly name: string;
}

/** The names of fields in the order of their paths, whichever came first; `reserved`: names that none of them gets. */
export function namesByPath(fields: readonly Named[], reserved: readonly string[]): NamesByPath {
  const inOrder = [...fields].sort((a, b) => compareKeys(a.path, b.path));
  const { names } = uniqueNames(
    inOrder.map(({ name }) => name),
    new UniqueNames(reserved),
  );
  return new Map(inOrder.map(({ path }, i) => [fieldPath(path), names[i] ?? '']));
}

/** Whether two of some names are one to SQLite. */
export function areDistinct(names: readonly string[]): boolean {
  return new Set(names.map(folded)).size === names.length;
}
