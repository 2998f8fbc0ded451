/** Words of a slot: the upper 32 bits of the prefix; the lower 16 and the upper 16 of the record; its lower 32. */
const slotWords = 3;
/** A power of two, as are all numbers of slots. */
const firstSlots = 1 << 14;
const wordValues = 2 ** 32;
/** Above this share of taken slots a look takes too many steps. */
const maxLoad = 0.75;

/** Rows in the order of the first 32 bits of their identities. */
export interface SortedRows {
  readonly size: number;
  /** The first 32 bits of the identity of the i-th, from 0. */
  prefix(i: number): number;
  record(i: number): number;
}

/** The first 48 bits of the identity at `i` in `words`: what rows are looked up by. */
export function prefixOf(words: Uint32Array, i: number): number {
  return (words[i] ?? 0) * 65_536 + ((words[i + 1] ?? 0) >>> 16);
}

/**
 * Record ids by the prefix of their identity, for rows that the lookup table does not have yet: an open hash table of
 * 12 bytes a slot. A record id may be listed under a prefix that is no longer its own.
 */
export class RecentRows {
  #slots = new Uint32Array(firstSlots * slotWords);
  /** What leaves as many of 32 bits as number the slots. */
  #shift = 32 - Math.log2(firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    while (this.#size + more > (this.#slots.length / slotWords) * maxLoad) this.#grow();
  }

  /** Lists a record under the prefix of the identity at `i` in `words`. */
  add(words: Uint32Array, i: number, record: number): void {
    this.addUnless(words, i, record, () => false);
  }

  /** As `add`, unless one of those listed there is the right one, which is returned. */
  addUnless(
    words: Uint32Array,
    i: number,
    record: number,
    isRight: (record: number) => boolean,
  ): number | null {
    this.reserve(1);
    const slots = this.#slots;
    const upper = words[i] ?? 0;
    const lower = (words[i + 1] ?? 0) & 0xffff_0000;
    let at = this.#home(upper);
    for (; isTaken(slots, at); at = this.#next(at)) {
      const isListed = slots[at] === upper && (((slots[at + 1] ?? 0) ^ lower) & 0xffff_0000) === 0;
      if (isListed && isRight(recordAt(slots, at))) return recordAt(slots, at);
    }
    slots[at] = upper;
    slots[at + 1] = lower | (record < wordValues ? 0 : Math.floor(record / wordValues));
    slots[at + 2] = record >>> 0;
    this.#size += 1;
    return null;
  }

  /** The record ids listed under a prefix. */
  find(prefix: number): number[] {
    const found: number[] = [];
    for (let at = this.#home(Math.floor(prefix / 65_536)); isTaken(this.#slots, at); at = this.#next(at)) {
      if (prefixAt(this.#slots, at) === prefix) found.push(recordAt(this.#slots, at));
    }
    return found;
  }

  /**
   * All entries in the order of the first 32 bits of their prefixes; valid until the next change. From a free slot on
   * they stand in that order, but for some between two free slots.
   */
  sorted(): SortedRows {
    const slots = this.#slots;
    const order = new Uint32Array(this.#size);
    let first = 0;
    while (isTaken(slots, first)) first += slotWords;
    let size = 0;
    for (let at = this.#next(first); at !== first; at = this.#next(at)) {
      if (!isTaken(slots, at)) continue;
      const prefix = slots[at] ?? 0;
      let to = size;
      for (; to > 0 && (slots[order[to - 1] ?? 0] ?? 0) > prefix; to -= 1) order[to] = order[to - 1] ?? 0;
      order[to] = at;
      size += 1;
    }
    return {
      size,
      prefix: (i) => slots[order[i] ?? 0] ?? 0,
      record: (i) => recordAt(slots, order[i] ?? 0),
    };
  }

  /** The room stays: what filled it once fills it again. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #put(upper: number, middle: number, lower: number): void {
    const slots = this.#slots;
    let at = this.#home(upper);
    while (isTaken(slots, at)) at = this.#next(at);
    slots[at] = upper;
    slots[at + 1] = middle;
    slots[at + 2] = lower;
  }

  /** Entries are put in the order of their places, so that each look is near the one before. */
  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#shift -= 1;
    for (let at = 0; at < old.length; at += slotWords) {
      if (isTaken(old, at)) this.#put(old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0);
    }
  }

  /** The place where a prefix is looked for first, by its upper 32 bits. */
  #home(upper: number): number {
    return (upper >>> this.#shift) * slotWords;
  }

  #next(at: number): number {
    const next = at + slotWords;
    return next === this.#slots.length ? 0 : next;
  }
}

/** Record ids begin at 1, so that a slot without one is free. */
function isTaken(slots: Uint32Array, at: number): boolean {
  return slots[at + 2] !== 0 || ((slots[at + 1] ?? 0) & 0xffff) !== 0;
}

function prefixAt(slots: Uint32Array, at: number): number {
  return (slots[at] ?? 0) * 65_536 + ((slots[at + 1] ?? 0) >>> 16);
}

function recordAt(slots: Uint32Array, at: number): number {
  return ((slots[at + 1] ?? 0) & 0xffff) * wordValues + (slots[at + 2] ?? 0);
}
