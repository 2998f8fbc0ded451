import type { SortedRows } from './recentRows.js';

/** By the first eight bits of a prefix; each grows by itself, so that never all of them stand in memory twice. */
const partCount = 256;
/** Of a part, by the next eight bits. */
const bucketCount = 256;
const lowValues = 65_536;

/** The prefixes of one part in order. */
export interface PrefixPart {
  /** Where each bucket starts; the last entry is where the last one ends. */
  readonly starts: Uint32Array;
  /** The lower 16 bits of each prefix, and room for more behind them. */
  readonly lows: Uint16Array;
}

/** Of the prefixes of a part, the share for which room is made beside them: not each step has to make the part anew. */
const spareShare = 1 / 8;

function sizeOf({ starts }: PrefixPart): number {
  return starts[bucketCount] ?? 0;
}

/**
 * The first 32 bits of many identities, sorted, in two bytes each. Which of them are equal to a prefix tells at which
 * places of the lookup table its row may stand: of 20 million, one absent identity in 200 has such a place.
 */
export class RowPrefixes {
  readonly #parts: PrefixPart[] = Array.from({ length: partCount }, () => ({
    starts: new Uint32Array(bucketCount + 1),
    lows: new Uint16Array(0),
  }));
  /** Prefixes before each part. */
  readonly #bases = new Float64Array(partCount + 1);
  /** The places of the prefix that was found last: from `first` to before `end`. */
  first = 0;
  end = 0;

  get count(): number {
    return this.#bases[partCount] ?? 0;
  }

  /** The parts that are not empty, with their numbers. */
  *parts(): Generator<readonly [number: number, part: PrefixPart]> {
    for (const [number, part] of this.#parts.entries()) if (sizeOf(part) > 0) yield [number, part];
  }

  /** Puts parts in their places. */
  fill(parts: Iterable<readonly [number: number, part: PrefixPart]>): void {
    for (const [number, part] of parts) this.#parts[number] = part;
    this.#count();
  }

  /** Whether a prefix is among these; then {@link first} and {@link end} say where. */
  find(prefix: number): boolean {
    const { starts, lows } = this.#part(prefix >>> 24);
    const bucket = (prefix >>> 16) & 0xff;
    const low = prefix & 0xffff;
    const from = starts[bucket] ?? 0;
    const to = starts[bucket + 1] ?? 0;
    // They are spread evenly, so it is hardly ever more than a few places from where it would be then.
    let at = from + Math.floor(((to - from) * low) / lowValues);
    while (at > from && (lows[at - 1] ?? 0) >= low) at -= 1;
    while (at < to && (lows[at] ?? 0) < low) at += 1;
    if (at === to || lows[at] !== low) return false;
    const base = this.#bases[prefix >>> 24] ?? 0;
    this.first = base + at;
    while (at < to && lows[at] === low) at += 1;
    this.end = base + at;
    return true;
  }

  /**
   * Inserts the prefixes of rows, the last one first; `note` is told of each row how many of the former prefixes come
   * before it.
   */
  insert(rows: SortedRows, note: (row: number, place: number) => void): void {
    for (let number = partCount - 1, end = rows.size; number >= 0; number -= 1) {
      let first = end;
      while (first > 0 && rows.prefix(first - 1) >>> 24 === number) first -= 1;
      if (first < end) this.#merge(number, rows, [first, end], note);
      end = first;
    }
    this.#count();
  }

  /** Merges a part with the rows from `first` to before `end`, from its end, so that none is covered before it moved. */
  #merge(
    number: number,
    rows: SortedRows,
    [first, end]: readonly [number, number],
    note: (row: number, place: number) => void,
  ): void {
    const { starts, lows } = this.#withRoom(number, end - first);
    const base = this.#bases[number] ?? 0;
    let at = starts[bucketCount] ?? 0;
    let to = at + end - first;
    let row = end - 1;
    for (let bucket = bucketCount; bucket > 0; bucket -= 1) {
      const start = starts[bucket - 1] ?? 0;
      starts[bucket] = to;
      for (; row >= first && ((rows.prefix(row) >>> 16) & 0xff) === bucket - 1; row -= 1) {
        const low = rows.prefix(row) & 0xffff;
        while (at > start && (lows[at - 1] ?? 0) > low) lows[--to] = lows[--at] ?? 0;
        note(row, base + at);
        lows[--to] = low;
      }
      while (at > start) lows[--to] = lows[--at] ?? 0;
    }
  }

  /** A part in which there is room for some prefixes more. */
  #withRoom(number: number, more: number): PrefixPart {
    const part = this.#part(number);
    const wanted = sizeOf(part) + more;
    if (wanted <= part.lows.length) return part;
    const lows = new Uint16Array(Math.ceil(wanted * (1 + spareShare)));
    lows.set(part.lows.subarray(0, sizeOf(part)));
    const wider = { starts: part.starts, lows };
    this.#parts[number] = wider;
    return wider;
  }

  #part(number: number): PrefixPart {
    const part = this.#parts[number];
    if (!part) throw new RangeError(`there is no part ${number}`);
    return part;
  }

  #count(): void {
    for (const [number, part] of this.#parts.entries())
      this.#bases[number + 1] = (this.#bases[number] ?? 0) + sizeOf(part);
  }
}
