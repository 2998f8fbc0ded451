import { JsonSyntaxError } from './json-error.js';
import { skipJsonSpace } from './json-text.js';
import type { JsonValue } from './json-tree.js';
import { duplicateKey, type JsonValueParser } from './json-value.js';

/** An array or object around the records, or beside the path to them, of which the inside is read piece by piece. */
interface Frame {
  readonly isArray: boolean;
  /** Keys of the path that lead here; -1 beside the path. */
  readonly depth: number;
  /** Of an object. */
  readonly keys: Set<string>;
  /** Behind the opening bracket, behind a comma, behind a value. */
  at: 'start' | 'comma' | 'value';
}

/** Takes a record, which stands between `start` and `end` in the text. */
export type TakeRecord = (value: JsonValue, start: number, end: number) => void;

/** A call by which the text ends too early throws, and leaves all as it was. */
export class JsonWalk {
  readonly #path: readonly string[];
  readonly #take: TakeRecord;
  readonly #frames: Frame[] = [];
  /** The end of the path was reached. */
  found = false;

  /** `path`: the keys that lead to the records. */
  constructor(path: readonly string[], take: TakeRecord) {
    this.#path = path;
    this.#take = take;
  }

  /** The bracket that must close what the text is in; '' where it is in nothing. */
  get open(): string {
    const frame = this.#frames.at(-1);
    return frame ? (frame.isArray ? ']' : '}') : '';
  }

  /** Whether it is behind a comma in an array of records. */
  get isAmidRecords(): boolean {
    const frame = this.#frames.at(-1);
    return frame?.isArray === true && frame.depth === this.#path.length && frame.at === 'comma';
  }

  /** Begins behind a comma in an array of records. */
  beginAmidRecords(): void {
    this.#frames.push({ isArray: true, depth: this.#path.length, keys: new Set(), at: 'comma' });
    this.found = true;
  }

  /** Whether values outside all brackets are looked into, not records as they are. */
  get looksInside(): boolean {
    return this.#path.length > 0;
  }

  /** Reads the value at `at`, which stands outside all brackets, or the bracket that opens it. */
  enter(parser: JsonValueParser, at: number): number {
    return this.#value(parser, at, 0, true);
  }

  /** Reads on inside brackets from `at`, which is no white space; returns the index behind what was read. */
  step(parser: JsonValueParser, at: number): number {
    const frame = this.#frames.at(-1);
    if (!frame) return at;
    const char = parser.text.charAt(at);
    if (char === this.open && frame.at !== 'comma') {
      this.#frames.pop();
      return at + 1;
    }
    if (frame.at === 'value') {
      if (char !== ',') throw new JsonSyntaxError(`Expected ',' or '${this.open}'`, at);
      frame.at = 'comma';
      return at + 1;
    }
    return frame.isArray ? this.#element(parser, at, frame) : this.#member(parser, at, frame);
  }

  #element(parser: JsonValueParser, at: number, frame: Frame): number {
    const end = this.#value(parser, at, frame.depth, false);
    frame.at = 'value';
    return end;
  }

  #member(parser: JsonValueParser, at: number, frame: Frame): number {
    const key = parser.readKey(at);
    if (frame.keys.has(key)) throw duplicateKey(key, at);
    const leads = frame.depth >= 0 && this.#path[frame.depth] === key;
    const end = this.#value(parser, parser.end, leads ? frame.depth + 1 : -1, true);
    frame.keys.add(key);
    frame.at = 'value';
    return end;
  }

  /** `depth` keys of the path lead to the value; `opens`: if it is an array, its elements are meant. */
  #value(parser: JsonValueParser, at: number, depth: number, opens: boolean): number {
    const char = parser.text.charAt(at);
    const isRecord = depth === this.#path.length;
    if (char === '[' && (opens || !isRecord))
      return this.#push(at, true, depth === 0 || isRecord ? depth : -1);
    if (char === '{' && !isRecord) return this.#push(at, false, depth);
    const value = parser.read(at);
    const { end } = parser;
    if (this.#frames.length > 0) this.#checkEnd(parser.text, end);
    if (isRecord) {
      this.found = true;
      // No list at the end of the path means no records.
      if (value !== null || !opens) this.#take(value, at, end);
    }
    return end;
  }

  /** Throws where the text ends behind a value, since that may go on. */
  #checkEnd(text: string, end: number): void {
    const next = skipJsonSpace(text, end);
    if (next === text.length) throw new JsonSyntaxError(`Expected ',' or '${this.open}'`, next);
  }

  #push(at: number, isArray: boolean, depth: number): number {
    if (this.#frames.length > 0 && depth === this.#path.length) this.found = true;
    this.#frames.push({ isArray, depth, keys: new Set(), at: 'start' });
    return at + 1;
  }
}
