/** Bytes of a record id. */
export const recordBytes = 6;
/** 16-bit words of one. */
const recordWords = recordBytes / 2;
/** Record ids of a row of the lookup table: four such rows fill a page of the database. */
export const recordsPerPage = 670;
/** Pages that are read at once. */
const pagesAtOnce = 64;

/** A row of the lookup table: record ids in six bytes each, the lowest first. */
export interface LookupPage {
  readonly page: number;
  readonly records: Buffer;
}

export interface InsertionParts {
  readonly former: FormerRecords;
  readonly save: (page: number, records: Buffer) => void;
  /** Records that will be inserted. */
  readonly more: number;
  /** Records that there are. */
  readonly count: number;
}

/**
 * Inserts records into a lookup table, the last one first: what is written never covers what is still to be read, so
 * that the table is made anew in its place.
 */
export class LookupInsertion {
  readonly #former: FormerRecords;
  readonly #save: InsertionParts['save'];
  readonly #words = new Uint16Array(recordsPerPage * recordWords);
  /** The former records before this one are still where they were. */
  #kept: number;
  /** The place behind that which is filled next. */
  #place: number;
  /** The first place of the page that is being filled, and behind its last. */
  #first: number;
  #end: number;

  constructor({ former, save, more, count }: InsertionParts) {
    this.#former = former;
    this.#save = save;
    this.#kept = count;
    this.#place = count + more;
    this.#end = this.#place;
    this.#first = Math.floor(Math.max(0, this.#end - 1) / recordsPerPage) * recordsPerPage;
  }

  /** Inserts a record behind so many of the former ones; the next comes before it. */
  put(record: number, behind: number): void {
    this.#moveFrom(behind);
    if (this.#place === this.#first) this.#turn();
    this.#place -= 1;
    const at = (this.#place - this.#first) * recordWords;
    this.#words[at] = record;
    this.#words[at + 1] = record >>> 16;
    this.#words[at + 2] = record / 2 ** 32;
  }

  /** To be called when all records are inserted; those before them stay where they are. */
  end(): void {
    this.#moveFrom(this.#first);
    this.#savePage();
  }

  /** Moves the former records from a place on. */
  #moveFrom(place: number): void {
    while (this.#kept > place) {
      if (this.#place === this.#first) this.#turn();
      const count = Math.min(this.#kept - place, this.#place - this.#first);
      this.#place -= count;
      this.#former.copy(this.#kept - count, this.#kept, this.#words, this.#place - this.#first);
      this.#kept -= count;
    }
  }

  /** Goes on with the page before. */
  #turn(): void {
    this.#savePage();
    this.#end = this.#first;
    this.#first -= recordsPerPage;
  }

  #savePage(): void {
    const bytes = (this.#end - this.#first) * recordBytes;
    this.#save(this.#first / recordsPerPage, Buffer.from(this.#words.buffer, 0, bytes));
  }
}

/** The records of a lookup table, read from the last to the first. */
export class FormerRecords {
  readonly #read: (first: number, last: number) => LookupPage[];
  readonly #words = new Uint16Array(pagesAtOnce * recordsPerPage * recordWords);
  readonly #bytes = Buffer.from(this.#words.buffer);
  /** The place of the first that is at hand. */
  #first = Number.POSITIVE_INFINITY;

  /** `read` returns some pages in order. */
  constructor(read: (first: number, last: number) => LookupPage[]) {
    this.#read = read;
  }

  /** Copies those from `from` to before `end`, not more than a page, to a place. */
  copy(from: number, end: number, into: Uint16Array, place: number): void {
    if (from < this.#first) this.#readUpTo(end);
    const offset = (from - this.#first) * recordWords;
    const to = place * recordWords;
    const length = (end - from) * recordWords;
    for (let i = 0; i < length; i += 1) into[to + i] = this.#words[offset + i] ?? 0;
  }

  #readUpTo(end: number): void {
    const last = Math.floor((end - 1) / recordsPerPage);
    const first = Math.max(0, last - pagesAtOnce + 1);
    for (const { page, records } of this.#read(first, last))
      this.#bytes.set(records, (page - first) * recordsPerPage * recordBytes);
    this.#first = first * recordsPerPage;
  }
}
