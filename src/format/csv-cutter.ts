import type { CellBlock } from '../domain/cellBlock.js';
import { NullTexts } from './null-texts.js';

const newline = 0x0a;
const carriage = 0x0d;

/** The characters by which a block is cut. */
export interface CutSyntax {
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character, doubled within quotes; null: no quoting. */
  readonly quote: string | null;
}

/** What the records of a block must look like. */
export interface CutShape {
  /** Fields of each record. */
  readonly fields: number;
  /** Places that are left free before them. */
  readonly free: number;
  /** Texts that stand for no value. */
  readonly nulls: ReadonlySet<string>;
}

/** What a block is cut to before anybody asks for it: no place left free, and no value but where nothing stands. */
const plain = { free: 0, nulls: new Set(['']) } as const;

/** Records that were cut, and how many bytes they are of the block that they were cut from. */
export interface CutRecords {
  readonly cells: CellBlock;
  readonly bytes: number;
}

/** The shape by which records are cut ahead. */
export function shapeAhead(fields: number): CutShape {
  return { ...plain, fields };
}

/** Whether records of a shape are as they would be cut ahead. */
export function isAsAhead({ free, nulls }: CutShape): boolean {
  return free === plain.free && nulls.size === plain.nulls.size && nulls.has('');
}

/**
 * Cuts blocks of whole records, UTF-8, into cells, without making strings of them. Only what is regular is cut: every
 * record has its fields, no blank line stands between two, and each quote is in its place.
 */
export class BlockCutter {
  readonly #delimiter: number;
  readonly #quote: number;
  /** 1 for the bytes that may end a field, or that have no place in it. */
  readonly #stops = new Uint8Array(256);
  readonly #shape: CutShape;
  readonly #nulls: NullTexts;
  /** Of the field that was cut last. */
  #start = 0;
  #end = 0;
  #next = 0;
  /** Of the next record. */
  #line = 1;

  constructor({ delimiter, quote }: CutSyntax, shape: CutShape) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote === null ? -1 : quote.charCodeAt(0);
    for (const stop of [this.#delimiter, this.#quote, newline, carriage])
      if (stop >= 0) this.#stops[stop] = 1;
    this.#shape = shape;
    this.#nulls = new NullTexts(shape.nulls);
  }

  /**
   * Cuts the records that a block begins with, up to the first that is not regular; that on `line` comes first. Returns
   * their bytes, each record's end included.
   */
  cut(block: Buffer, line: number, into: CellBlock): number {
    const { fields, free } = this.#shape;
    into.begin(free + fields);
    const first = into.load(block);
    const end = first + block.length;
    // Whatever the block lacks, cutting ends behind it.
    into.bytes[end] = newline;
    this.#line = line;
    let records = 0;
    let at = first;
    while (at < end) {
      into.allow((records + 1) * into.width, records + 1);
      into.lines[records] = this.#line;
      if (!this.#record(into, records * into.width + free, at) || this.#next > end) break;
      records += 1;
      at = this.#next;
    }
    into.records = records;
    into.lineBehind = at === end ? this.#line : (into.lines[records] ?? line);
    return at - first;
  }

  /** Cuts the record that begins at `from`. */
  #record(into: CellBlock, firstPlace: number, from: number): boolean {
    const { bytes, starts, ends } = into;
    const stops = this.#stops;
    const [quote, delimiter, nulls] = [this.#quote, this.#delimiter, this.#nulls];
    const { longest } = nulls;
    const lastPlace = firstPlace + this.#shape.fields - 1;
    let at = from;
    for (let place = firstPlace; place <= lastPlace; place += 1) {
      let start = at;
      let end: number;
      if (bytes[at] === quote) {
        if (!this.#quoted(bytes, at + 1)) return false;
        start = this.#start;
        end = this.#end;
        at = this.#next;
      } else {
        while (stops[bytes[at] ?? newline] === 0) at += 1;
        end = at;
      }
      const isNull = end - start <= longest && nulls.areAt(bytes, start, end);
      starts[place] = isNull ? -1 : start;
      ends[place] = end;
      if (place < lastPlace) {
        if (bytes[at] !== delimiter) return false;
        at += 1;
      }
    }
    return this.#lineEnd(bytes, at, from);
  }

  /** Passes the end of the record that begins at `from`; false if there is none, or nothing before it. */
  #lineEnd(bytes: Buffer, at: number, from: number): boolean {
    const code = bytes[at];
    if ((code !== newline && code !== carriage) || at === from) return false;
    this.#next = code === carriage && bytes[at + 1] === newline ? at + 2 : at + 1;
    this.#line += 1;
    return true;
  }

  /** Cuts the field that begins behind a quote; false if the quote behind it is not in its place. */
  #quoted(bytes: Buffer, start: number): boolean {
    const quote = this.#quote;
    let at = start;
    let to = start;
    for (let shift = false; ; at += 1) {
      const code = bytes[at];
      if (code === quote) {
        at += 1;
        if (bytes[at] !== quote) break;
        shift = true;
      } else if (code === newline || (code === carriage && bytes[at + 1] !== newline)) this.#line += 1;
      else if (code === undefined) return false;
      // A doubled quote is written once: what follows moves up.
      if (shift) bytes[to] = bytes[at] ?? 0;
      to += 1;
    }
    this.#start = start;
    this.#end = to;
    this.#next = at;
    return true;
  }
}
