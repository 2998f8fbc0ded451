/** Bits for each identity; with {@link has} looking at eight, one absent identity in 200 seems present. */
const bitsPerIdentity = 12;
/** A block is what a processor fetches at once. */
const wordsPerBlock = 16;
const bitsPerBlock = 32 * wordsPerBlock;
const wordValues = 2 ** 32;

/** A blocked Bloom filter over a bounded number of identities. Never says that one it holds is absent. */
export class FilterLayer {
  readonly #words: Uint32Array;
  readonly #blocks: number;

  /** `bits`: those of a layer of the same capacity that was saved. */
  constructor(
    readonly capacity: number,
    public count = 0,
    bits: Uint8Array | null = null,
  ) {
    this.#blocks = Math.ceil((capacity * bitsPerIdentity) / bitsPerBlock);
    this.#words = new Uint32Array(this.#blocks * wordsPerBlock);
    if (bits !== null) new Uint8Array(this.#words.buffer).set(bits);
  }

  get isFull(): boolean {
    return this.count >= this.capacity;
  }

  /** As {@link FilterLayer}'s `bits` takes them; a view, not a copy. */
  get bits(): Uint8Array {
    return new Uint8Array(this.#words.buffer);
  }

  /** Whether an identity may have been added, at `i` in `words`. */
  has(words: Uint32Array, i: number): boolean {
    const block = this.#blockOf(words[i] ?? 0);
    for (let place = 1; place < 4; place += 1) {
      const word = words[i + place] ?? 0;
      for (let shift = 0; shift < (place === 3 ? 18 : 27); shift += 9) {
        const bit = (word >>> shift) & 511;
        if (((this.#words[block + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
      }
    }
    return true;
  }

  add(words: Uint32Array, i: number): void {
    const block = this.#blockOf(words[i] ?? 0);
    for (let place = 1; place < 4; place += 1) {
      const word = words[i + place] ?? 0;
      for (let shift = 0; shift < (place === 3 ? 18 : 27); shift += 9) {
        const bit = (word >>> shift) & 511;
        const at = block + (bit >>> 5);
        this.#words[at] = (this.#words[at] ?? 0) | (1 << (bit & 31));
      }
    }
    this.count += 1;
  }

  #blockOf(word: number): number {
    return Math.floor((word / wordValues) * this.#blocks) * wordsPerBlock;
  }
}

/**
 * A filter that grows: when the last layer is full, one of twice its capacity is put behind it. Only the last one
 * changes, so that only it need be saved again.
 */
export class RowFilter {
  readonly layers: FilterLayer[];

  constructor(
    layers: readonly FilterLayer[],
    readonly firstCapacity: number,
  ) {
    this.layers = [...layers];
  }

  /** Identities that were added, also those of rows that are gone. */
  get count(): number {
    return this.layers.reduce((sum, layer) => sum + layer.count, 0);
  }

  /** Adds the identity at `i` in `words` unless it may be there already; returns whether it was added. */
  addIfAbsent(words: Uint32Array, i: number): boolean {
    for (const layer of this.layers) if (layer.has(words, i)) return false;
    this.#open().add(words, i);
    return true;
  }

  #open(): FilterLayer {
    const last = this.layers.at(-1);
    if (last && !last.isFull) return last;
    const next = new FilterLayer(last ? last.capacity * 2 : this.firstCapacity);
    this.layers.push(next);
    return next;
  }
}
