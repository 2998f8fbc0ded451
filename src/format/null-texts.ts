/** Texts that stand for no value. */
export class NullTexts {
  /** Bytes of the longest; -1: there is none. */
  readonly longest: number;
  readonly #texts: ReadonlySet<string>;
  readonly #bytes: readonly Buffer[];

  constructor(texts: Iterable<string>) {
    this.#texts = new Set(texts);
    this.#bytes = [...this.#texts].map((text) => Buffer.from(text));
    this.longest = Math.max(-1, ...this.#bytes.map(({ length }) => length));
  }

  has(text: string): boolean {
    return this.#texts.has(text);
  }

  /** Whether one of them stands from `start` to before `end`. */
  areAt(bytes: Buffer, start: number, end: number): boolean {
    return (
      end - start <= this.longest &&
      this.#bytes.some(
        (text) => text.length === end - start && bytes.compare(text, 0, text.length, start, end) === 0,
      )
    );
  }
}
