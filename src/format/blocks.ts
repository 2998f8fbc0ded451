export const blockBytes = 1024 * 1024;
const firstCapacity = 64 * 1024;
const leastBlock = 64 * 1024;
const none = Buffer.alloc(0);

/** What comes behind the bytes at hand: more; nothing; or more, but these are as many as a record may have. */
export type Beyond = 'more' | 'end' | 'tooMuch';

/**
 * Reads the front of `bytes` and says how many it used up; the rest comes again with more behind it. At the `end`
 * all must be used up, and some when it is `tooMuch`.
 */
export type Consume = (bytes: Buffer, beyond: Beyond) => number;

/**
 * Gathers chunks into blocks of about 1 MiB that do not depend on the chunks' sizes. Holds one block, or as much
 * as an unfinished record needs, up to `maxRecordBytes`.
 */
export class BlockBuffer {
  readonly #consume: Consume;
  readonly #maxRecordBytes: number;
  #bytes = none;
  #length = 0;
  #wanted: number;
  #size: number;

  /** `most`: bytes of a block that does not end within a record. */
  constructor(
    maxRecordBytes: number,
    consume: Consume,
    readonly most: number = blockBytes,
  ) {
    this.#maxRecordBytes = maxRecordBytes;
    this.#consume = consume;
    this.#size = most;
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

  /** Says that nothing comes behind `last`; all there is of a file, in one block, is not copied. */
  end(last: Buffer = none): void {
    const isAll = this.#length === 0 && last.length <= this.#wanted;
    if (!isAll) this.push(last);
    this.#consume(isAll ? last : this.#bytes.subarray(0, this.#length), 'end');
    this.#length = 0;
  }

  /** Gathers as much from now on as makes so many rows, by the rows that some bytes have made. */
  aimAt(wanted: number, rows: number, bytes: number): void {
    if (rows > 0) this.#size = Math.min(this.most, Math.max(leastBlock, Math.ceil((bytes / rows) * wanted)));
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) {
      const larger = Math.max(length, firstCapacity, this.#bytes.length * 4);
      const grown = Buffer.allocUnsafe(Math.min(this.#wanted, larger));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  #drain(): void {
    this.#use('more');
    while (this.#length > this.#maxRecordBytes) this.#use('tooMuch');
    this.#wanted = this.#nextBlock();
  }

  #use(beyond: Beyond): void {
    const used = this.#consume(this.#bytes.subarray(0, this.#length), beyond);
    this.#bytes.copyWithin(0, used, this.#length);
    this.#length -= used;
  }

  /** Doubles over an unfinished record, so that looking at it again and again stays linear. */
  #nextBlock(): number {
    return Math.min(Math.max(this.#size, 2 * this.#length), this.#maxRecordBytes + 1);
  }
}
