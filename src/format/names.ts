import { folded } from '../domain/columnName.js';

/** Columns that every data table, or what the store keeps beside it, has of its own. */
export const reservedNames: readonly string[] = ['_id', '_file_id', '_line', '_ingest_identity'];

/** Those of a child table. */
export const reservedInChildren: readonly string[] = [...reservedNames, '_parent_id', '_index'];

export interface RenamedColumn {
  /** 1-based place of the column. */
  readonly position: number;
  readonly from: string;
  readonly to: string;
}

/** Hands out column names that SQLite holds apart: it ignores the case of ASCII letters. */
export class UniqueNames {
  readonly #taken: Set<string>;
  readonly #lastSuffix = new Map<string, number>();

  constructor(reserved: readonly string[] = reservedNames) {
    this.#taken = new Set(reserved.map(folded));
  }

  /** Takes `name` exactly as it is; false when it is empty, taken or cannot be a column's name. */
  claim(name: string): boolean {
    const key = folded(name);
    if (name === '' || storableName(name) !== name || this.#taken.has(key)) return false;
    this.#taken.add(key);
    return true;
  }

  /** A free name for `name` as the column at `position` (1-based): itself, or with `_2`, `_3` … */
  take(name: string, position: number): string {
    const base = name === '' ? `col_${position}` : storableName(name);
    if (this.claim(base)) return base;
    const key = folded(base);
    for (let suffix = (this.#lastSuffix.get(key) ?? 1) + 1; ; suffix++) {
      this.#lastSuffix.set(key, suffix);
      const candidate = `${base}_${suffix}`;
      if (this.claim(candidate)) return candidate;
    }
  }
}

/**
 * Makes the names of a header unique, in order, and other than those that `unique` has handed out. Names that stand in
 * the header as they are win over made ones: `a,a,a_2` becomes `a,a_3,a_2`.
 */
export function uniqueNames(
  names: readonly string[],
  unique: UniqueNames = new UniqueNames(),
): { names: string[]; renamed: RenamedColumn[] } {
  const literal = names.map((name) => unique.claim(name));
  const result = names.map((name, index) => (literal[index] === true ? name : unique.take(name, index + 1)));
  const renamed = names.flatMap((from, index) => {
    const to = result[index] ?? from;
    return to === from ? [] : [{ position: index + 1, from, to }];
  });
  return { names: result, renamed };
}

/** One sentence for the warning that names what was renamed. */
export function renamedMessage(renamed: readonly RenamedColumn[]): string {
  const shown = renamed
    .slice(0, 10)
    .map(({ position, from, to }) => `column ${position} "${from}" is "${to}"`);
  const more = renamed.length - shown.length;
  return `Columns renamed: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A name as SQLite can hold it: SQL ends at a NUL, and a lone surrogate has no UTF-8; both stand as their escapes. */
export function storableName(name: string): string {
  return storableText(name).replaceAll('\0', '\\u0000');
}

/** `text` with each lone surrogate as its escape, `\ud800`; it would be stored as U+FFFD. */
export function storableText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
