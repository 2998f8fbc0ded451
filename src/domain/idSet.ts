/** Ids for which a page has a bit. */
const idsOfPage = 2 ** 15;

/** A set of positive whole numbers, a bit for each of those that are near others. */
export class IdSet {
  readonly #pages = new Map<number, Uint8Array>();

  /** Adds an id; returns false if it is there already. */
  add(id: number): boolean {
    const place = id % idsOfPage;
    const page = this.#pageOf((id - place) / idsOfPage);
    const byte = page[place >> 3] ?? 0;
    const bit = 1 << (place & 7);
    page[place >> 3] = byte | bit;
    return (byte & bit) === 0;
  }

  has(id: number): boolean {
    const place = id % idsOfPage;
    const page = this.#pages.get((id - place) / idsOfPage);
    return page !== undefined && ((page[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  #pageOf(number: number): Uint8Array {
    const known = this.#pages.get(number);
    if (known) return known;
    const page = new Uint8Array(idsOfPage / 8);
    this.#pages.set(number, page);
    return page;
  }
}
