import { isAscii } from 'node:buffer';
import type { Dialect } from './dialect.js';

const newline = 0x0a;
const carriage = 0x0d;

/** The characters by which the lane cuts. */
export interface LaneSyntax {
  /** One character. */
  readonly delimiter: string;
  /** One character, doubled within quotes; null: no quoting. */
  readonly quote: string | null;
}

/** The syntax of a dialect that the lane can cut, or null. */
function laneSyntax({ delimiter, spaced, quote, escape: written }: Dialect): LaneSyntax | null {
  const isPlain = delimiter.length === 1 && !spaced && (quote === null || written === 'doubled');
  return isPlain ? { delimiter, quote } : null;
}

/**
 * Cuts a block of whole records, UTF-8, into rows of fields as csv-parse does, several times as fast; null when a quote
 * is out of place, which is for csv-parse to judge. Blank lines are passed over; rows may have any number of fields.
 */
export function cutRows(block: Buffer, syntax: LaneSyntax): string[][] | null {
  const text = block.toString(isAscii(block) ? 'latin1' : 'utf8');
  const cutter = new Cutter(text, syntax);
  const rows: string[][] = [];
  let width = 0;
  while (cutter.toRecord()) {
    const row = cutter.record(width);
    if (row === null) return null;
    width = row.length;
    rows.push(row);
  }
  return rows;
}

class Cutter {
  readonly #text: string;
  readonly #delimiter: number;
  readonly #quote: string | null;
  readonly #quoteCode: number;
  #at = 0;

  constructor(text: string, { delimiter, quote }: LaneSyntax) {
    this.#text = text;
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote;
    this.#quoteCode = quote === null ? -1 : quote.charCodeAt(0);
  }

  /** Passes blank lines over; false at the end. */
  toRecord(): boolean {
    const text = this.#text;
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      if (code !== newline && code !== carriage) return true;
      this.#at += 1;
    }
    return false;
  }

  /** The fields of the record that begins here, `width` of them as likely as not; null when a quote is out of place. */
  record(width: number): string[] | null {
    const fields: string[] = new Array(width);
    let count = 0;
    for (;;) {
      const field = this.#text.charCodeAt(this.#at) === this.#quoteCode ? this.#quoted() : this.#plain();
      if (field === null) return null;
      fields[count] = field;
      count += 1;
      const next = this.#text.charCodeAt(this.#at);
      if (next === this.#delimiter) {
        this.#at += 1;
        continue;
      }
      if (!this.#passLineEnd(next)) return null;
      fields.length = count;
      return fields;
    }
  }

  /** True at the end of a record, also the last without a line end. */
  #passLineEnd(code: number): boolean {
    if (code === newline) this.#at += 1;
    else if (code === carriage) this.#at += this.#text.charCodeAt(this.#at + 1) === newline ? 2 : 1;
    else return this.#at === this.#text.length;
    return true;
  }

  #plain(): string | null {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === this.#delimiter || code === newline || code === carriage) break;
      if (code === this.#quoteCode) return null;
    }
    this.#at = at;
    return text.slice(start, at);
  }

  #quoted(): string | null {
    const text = this.#text;
    const quote = this.#quote ?? '';
    const start = this.#at + 1;
    let doubled = false;
    let end = text.indexOf(quote, start);
    while (end !== -1 && text.charCodeAt(end + 1) === this.#quoteCode) {
      doubled = true;
      end = text.indexOf(quote, end + 2);
    }
    if (end === -1) return null;
    this.#at = end + 1;
    const field = text.slice(start, end);
    return doubled ? field.replaceAll(quote + quote, quote) : field;
  }
}

/** Shapes that are remembered; whoever has more has them all tried again. */
const mostShapes = 10_000;
/** Headers whose fields are remembered. */
const mostHeaders = 100;

/**
 * The shapes of files that the lane may cut. csv-parse reads the first file of a shape as a whole, and the lane beside it;
 * only if both agree on each of its fields the lane is admitted to the next, else never.
 */
export class LaneAdmission {
  readonly #shapes = new Map<string, 'admitted' | 'refused'>();
  readonly #headers = new Map<string, string[]>();

  /** What is known of a shape: `trial` while it is new. */
  stateOf(shape: string): 'trial' | 'admitted' | 'refused' {
    return this.#shapes.get(shape) ?? 'trial';
  }

  /** The fields of a record that comes again and again, as a header does; `parse` is asked for the first only. */
  header(record: Buffer, syntax: LaneSyntax, parse: () => string[]): string[] {
    const key = `${syntax.delimiter}${syntax.quote ?? ''}\0${record.toString('latin1')}`;
    const known = this.#headers.get(key);
    if (known) return known;
    if (this.#headers.size >= mostHeaders) this.#headers.clear();
    const fields = parse();
    this.#headers.set(key, fields);
    return fields;
  }

  /** Notes what the trial of a whole file came to. */
  judge(shape: string, agreed: boolean): void {
    if (this.#shapes.get(shape) === 'refused') return;
    if (this.#shapes.size >= mostShapes) this.#shapes.clear();
    this.#shapes.set(shape, agreed ? 'admitted' : 'refused');
  }
}

/** The lane on its way through one file. */
export class Lane {
  #shape = '';
  /** On trial: whether it agrees so far. */
  #agrees = true;
  #state: 'trial' | 'admitted' | 'refused' = 'refused';

  constructor(
    readonly syntax: LaneSyntax,
    readonly admission: LaneAdmission,
  ) {}

  /** The fields of a header; `parse` has csv-parse find them. */
  header(record: Buffer, parse: () => string[]): string[] {
    return this.admission.header(record, this.syntax, parse);
  }

  /** Begins with the records of a file; `shape` is what its header says. */
  enter(shape: string): void {
    this.#shape = JSON.stringify([this.syntax, shape]);
    this.#state = this.admission.stateOf(this.#shape);
  }

  /** The rows of a block of whole records; `strictly` has csv-parse find them, or null for a fault in the quotes. */
  rows(block: Buffer, strictly: () => string[][] | null): string[][] | null {
    if (this.#state === 'admitted') return cutRows(block, this.syntax) ?? strictly();
    const rows = strictly();
    const isTried = this.#state === 'trial' && this.#agrees && rows !== null;
    if (isTried) this.#agrees = agree(rows, cutRows(block, this.syntax));
    return rows;
  }

  /** At the end of the file: a trial is over. */
  end(): void {
    if (this.#state === 'trial') this.admission.judge(this.#shape, this.#agrees);
  }
}

/** The lane for a file of that dialect, or null when it is none for the lane. */
export function laneOf(dialect: Dialect, admission: LaneAdmission): Lane | null {
  const syntax = laneSyntax(dialect);
  return syntax && new Lane(syntax, admission);
}

/** Whether two readers found the same fields. */
function agree(one: readonly string[][], other: readonly string[][] | null): boolean {
  if (one.length !== other?.length) return false;
  return one.every((row, i) => {
    const same = other[i];
    return same?.length === row.length && row.every((field, j) => field === same[j]);
  });
}
