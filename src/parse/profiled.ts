import type { CellBlock } from '../domain/cellBlock.js';
import { type ColumnProfile, emptyProfile, type ProfiledColumns } from '../domain/segment.js';
import { Entangled } from '../format/entangled.js';
import { profileColumn } from '../format/profile.js';

/** Columns with the profiles of a part of their values, and what they were to be called. */
export type PartColumns = readonly (ProfiledColumns[number] & { readonly wanted: string })[];

/** The columns of one table of a file, with what their values would allow them to be. */
export class Profiled {
  readonly names: string[] = [];
  /** What the columns were to be called. */
  readonly #wanted: string[] = [];
  readonly #profiles: ColumnProfile[] = [];

  /** Adds a column under a name that no other has; `wanted`: what it was to be called. */
  add(name: string, wanted: string = name): void {
    this.names.push(name);
    this.#wanted.push(wanted);
    this.#profiles.push(emptyProfile());
  }

  /** Notes the values of a block, or of some records of it: from the first to before the second. */
  note(cells: CellBlock, decimalComma: boolean, range: readonly [number, number] = [0, cells.records]): void {
    for (let column = 0; column < this.#profiles.length; column += 1) {
      const profile = this.#profiles[column];
      if (profile) profileColumn(profile, cells, column, range, decimalComma);
    }
  }

  /** The columns with the profiles of what was noted since the last call. */
  take(): PartColumns {
    const taken = this.columns.map((column, index) => ({ ...column, wanted: this.#wanted[index] ?? '' }));
    for (const index of this.#profiles.keys()) this.#profiles[index] = emptyProfile();
    return taken;
  }

  /** Adds what was noted elsewhere of the values behind these. Throws Entangled if the columns have other names there. */
  adopt(columns: PartColumns): void {
    const places = new Map(this.names.map((name, index) => [name, index]));
    for (const { name, wanted, profile } of columns) {
      const place = places.get(name) ?? -1;
      const own = this.#profiles[place];
      if (!own || this.#wanted[place] !== wanted) throw new Entangled();
      addProfile(own, profile);
    }
  }

  get columns(): ProfiledColumns {
    return this.names.map((name, index) => ({ name, profile: this.#profiles[index] ?? emptyProfile() }));
  }
}

/** Adds the counts of values that come behind those of `profile`. */
function addProfile(profile: ColumnProfile, behind: ColumnProfile): void {
  profile.empty += behind.empty;
  profile.integers += behind.integers;
  profile.longIntegers += behind.longIntegers;
  profile.decimals += behind.decimals;
  profile.commaDecimals += behind.commaDecimals;
  profile.oddNumbers += behind.oddNumbers;
  profile.words += behind.words;
  profile.oddNumber ||= behind.oddNumber;
  profile.word ||= behind.word;
}
