import { folded } from '../domain/columnName.js';
import type { ListRows } from '../domain/listRows.js';
import type { JsonTable } from './json-fields.js';

/** Brings the lists of each row, which come as they stand in the file, into the order of the names of their fields. */
export class ListOrder {
  /** By the number of their child table, when its lists come. */
  #ranks: number[] = [];
  /** The lists of the rows at hand: the rank of each, and its first row. */
  readonly #found: number[] = [];
  readonly #starts: number[] = [];

  /** Takes note of the child tables; false where the order of lists cannot be told from the names of their fields. */
  know(children: readonly JsonTable[]): boolean {
    this.#found.length = 0;
    this.#starts.length = 0;
    if (children.length === this.#ranks.length) return true;
    const fields = children.map(({ origin }) => folded(origin?.field ?? ''));
    const inParents = new Set(children.map(({ origin }, place) => `${origin?.parent}/${fields[place]}`));
    if (inParents.size < fields.length) return false;
    const ordered = [...fields].sort();
    this.#ranks = fields.map((field) => ordered.indexOf(field));
    return true;
  }

  /** The lists that were found of rows that are not at their end. */
  get found(): number {
    return this.#found.length;
  }

  /** Notes a list with its rows, which begin at `start`. */
  add(table: number, start: number): void {
    this.#found.push(this.#ranks[table] ?? 0);
    this.#starts.push(start);
  }

  /** Orders the lists of a row, those from `first` on. */
  settle(lists: ListRows, first: number): void {
    const found = this.#found;
    if (found.length === first) return;
    for (let list = first + 1; list < found.length; list += 1) {
      if ((found[list - 1] ?? 0) < (found[list] ?? 0)) continue;
      lists.reorder(this.#starts.slice(first), found.slice(first));
      break;
    }
    found.length = first;
    this.#starts.length = first;
  }
}
