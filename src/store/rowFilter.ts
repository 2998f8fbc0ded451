/** Bits for each identity; with eight of them looked at, one absent identity in 200 seems present. */
const bitsPerIdentity = 12;
/** A block is what a processor fetches at once. */
const wordsPerBlock = 16;
const bitsPerBlock = 32 * wordsPerBlock;
const wordValues = 2 ** 32;

/** A blocked Bloom filter over the prefixes of a bounded number of identities. Never says that one it holds is absent. */
export class RowFilter {
  readonly #words: Uint32Array;
  readonly #blocks: number;
  /** Of the prefix at hand: three bits of a block in each, nine bits a place. */
  #first = 0;
  #second = 0;
  #third = 0;

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

  /** Adds a prefix by its upper 32 bits and its lower 16. Those that come in order lie near each other. */
  add(upper: number, lower: number): void {
    const block = this.#blockOf(upper);
    this.#mix(upper, lower);
    this.#set(block, this.#first, 27);
    this.#set(block, this.#second, 27);
    this.#set(block, this.#third, 18);
    this.count += 1;
  }

  /** Whether a prefix may have been added. */
  has(upper: number, lower: number): boolean {
    const block = this.#blockOf(upper);
    this.#mix(upper, lower);
    return (
      this.#hasAll(block, this.#first, 27) &&
      this.#hasAll(block, this.#second, 27) &&
      this.#hasAll(block, this.#third, 18)
    );
  }

  #mix(upper: number, lower: number): void {
    const first = Math.imul(upper ^ Math.imul(lower + 1, 0x9e3779b1), 0x85ebca6b);
    const second = Math.imul(first ^ (first >>> 15), 0xc2b2ae35);
    const third = Math.imul(second ^ (second >>> 13), 0x27d4eb2f);
    this.#first = first ^ (first >>> 16);
    this.#second = second ^ (second >>> 16);
    this.#third = third ^ (third >>> 16);
  }

  #set(block: number, places: number, bits: number): void {
    for (let shift = 0; shift < bits; shift += 9) {
      const bit = (places >>> shift) & 511;
      const at = block + (bit >>> 5);
      this.#words[at] = (this.#words[at] ?? 0) | (1 << (bit & 31));
    }
  }

  #hasAll(block: number, places: number, bits: number): boolean {
    for (let shift = 0; shift < bits; shift += 9) {
      const bit = (places >>> shift) & 511;
      if (((this.#words[block + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  #blockOf(upper: number): number {
    return Math.floor((upper / wordValues) * this.#blocks) * wordsPerBlock;
  }
}
