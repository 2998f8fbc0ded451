const blockBytes = 1024 * 1024;
const firstCapacity = 64 * 1024;

/**
 * Reads the front of `bytes` and says how many it used up; the rest comes again with more behind it.
 * `last`: nothing more will come, all must be used up.
 */
export type Consume = (bytes: Buffer, last: boolean) => number;

/**
 * Gathers chunks into blocks of about 1 MiB that do not depend on the chunks' sizes. Holds one block, or as much
 * as an unfinished record needs: when that grows beyond `maxRecordBytes`, `tooLarge` says what to throw.
 */
export class BlockBuffer {
  readonly #consume: Consume;
  readonly #maxRecordBytes: number;
  readonly #tooLarge: () => Error;
  #bytes = Buffer.allocUnsafe(firstCapacity);
  #length = 0;
  #wanted: number;

  constructor(maxRecordBytes: number, consume: Consume, tooLarge: () => Error) {
    this.#maxRecordBytes = maxRecordBytes;
    this.#consume = consume;
    this.#tooLarge = tooLarge;
    this.#wanted = this.#nextBlock();
  }

  push(chunk: Buffer): void {
    for (let from = 0; from < chunk.length; ) {
      const to = Math.min(chunk.length, from + this.#wanted - this.#length);
      this.#append(chunk, from, to);
      from = to;
      if (this.#length === this.#wanted) this.#drain();
    }
  }

  end(): void {
    this.#consume(this.#bytes.subarray(0, this.#length), true);
    this.#length = 0;
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#wanted, Math.max(length, this.#bytes.length * 4)));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  #drain(): void {
    const used = this.#consume(this.#bytes.subarray(0, this.#length), false);
    this.#bytes.copyWithin(0, used, this.#length);
    this.#length -= used;
    if (this.#length > this.#maxRecordBytes) throw this.#tooLarge();
    this.#wanted = this.#nextBlock();
  }

  /** Doubles over an unfinished record, so that looking at it again and again stays linear. */
  #nextBlock(): number {
    return Math.min(Math.max(blockBytes, 2 * this.#length), this.#maxRecordBytes + 1);
  }
}
