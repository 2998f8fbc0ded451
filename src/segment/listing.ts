import { listingRange } from '../domain/segment.js';
import type { NewTable } from './newFile.js';

/** What is listed of files, one after the other. */
export class Listing {
  #file = -1;
  #rowid = 0;

  constructor(readonly table: NewTable) {}

  /** What is added next to a file's has this place, or one behind it. */
  goTo(file: number, place: number): void {
    this.#file = file;
    this.#rowid = listingRange(file).first + place - 1;
  }

  add(file: number, ...values: readonly (string | number | null)[]): void {
    this.#rowid = file === this.#file ? this.#rowid + 1 : listingRange(file).first;
    this.#file = file;
    this.table.append(this.#rowid, [null, file, ...values]);
  }
}
