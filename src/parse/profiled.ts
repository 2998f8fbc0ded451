import type { CellBlock } from '../domain/cellBlock.js';
import { folded } from '../domain/columnName.js';
import { type ColumnProfile, emptyProfile, type ProfiledColumns } from '../domain/segment.js';
import { profileColumn } from '../format/profile.js';

/** The columns of one table of a file, with what their values would allow them to be. */
export class Profiled {
  readonly names: string[] = [];
  readonly #taken = new Set<string>();
  readonly #profiles: ColumnProfile[] = [];

  /** Adds a column, under a name that no other has. */
  add(name: string): void {
    let unique = name;
    for (let count = 2; this.#taken.has(folded(unique)); count += 1) unique = `${name}_${count}`;
    this.#taken.add(folded(unique));
    this.names.push(unique);
    this.#profiles.push(emptyProfile());
  }

  /** Notes the values of a block, or of some records of it: from the first to before the second. */
  note(cells: CellBlock, decimalComma: boolean, range: readonly [number, number] = [0, cells.records]): void {
    for (let column = 0; column < this.#profiles.length; column += 1) {
      const profile = this.#profiles[column];
      if (profile) profileColumn(profile, cells, column, range, decimalComma);
    }
  }

  get columns(): ProfiledColumns {
    return this.names.map((name, index) => ({ name, profile: this.#profiles[index] ?? emptyProfile() }));
  }
}
