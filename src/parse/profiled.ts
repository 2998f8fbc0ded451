import { folded } from '../domain/columnName.js';
import { type ColumnProfile, emptyProfile, type ProfiledColumns } from '../domain/segment.js';
import { profileCell } from '../format/profile.js';
import type { Cell } from '../format/record.js';

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

  /** Notes the values of a row, one for each column. */
  note(cells: readonly Cell[], decimalComma: boolean): void {
    for (let index = 0; index < cells.length; index += 1) {
      const profile = this.#profiles[index];
      const cell = cells[index];
      if (!profile) continue;
      if (cell == null) profile.empty += 1;
      else profileCell(profile, cell, decimalComma);
    }
  }

  get columns(): ProfiledColumns {
    return this.names.map((name, index) => ({ name, profile: this.#profiles[index] ?? emptyProfile() }));
  }
}
