/** Bits for each identity; with eight of them looked at, one absent identity in 200 seems present. */
const bitsPerIdentity = 12;
/** A block is what a processor fetches at once. */
const wordsPerBlock = 16;
const bitsPerBlock = 32 * wordsPerBlock;
const wordValues = 2 ** 32;

/** A blocked Bloom filter over a bounded number of identities. Never says that one it holds is absent. */
export class RowFilter {
  readonly #words: Uint32Array;
  readonly #blocks: number;

  /** `count`: the identities in it, also those of rows that are gone. */
  constructor(
    readonly capacity: number,
    public count = 0,
  ) {
    this.#blocks = Math.ceil((capacity * bitsPerIdentity) / bitsPerBlock);
    this.#words = new Uint32Array(this.#blocks * wordsPerBlock);
  }

  /** A view, not a copy. */
  get bits(): Uint8Array {
    return new Uint8Array(this.#words.buffer);
  }

  /** Adds the identity at `i` in `words`; returns false if it may have been there already. */
  addIfAbsent(words: Uint32Array, i: number): boolean {
    const bits = this.#words;
    const block = this.#blockOf(words[i] ?? 0);
    let unset = 0;
    for (let place = 1; place < 4; place += 1) {
      const word = words[i + place] ?? 0;
      for (let shift = 0; shift < (place === 3 ? 18 : 27); shift += 9) {
        const bit = (word >>> shift) & 511;
        const at = block + (bit >>> 5);
        const before = bits[at] ?? 0;
        unset |= ~before & (1 << (bit & 31));
        bits[at] = before | (1 << (bit & 31));
      }
    }
    if (unset !== 0) this.count += 1;
    return unset !== 0;
  }

  #blockOf(word: number): number {
    return Math.floor((word / wordValues) * this.#blocks) * wordsPerBlock;
  }
}
