import type { Cell } from './record.js';

/**
 * A value as the file says it: strings as their text, numbers as their digits, `true`/`false` as words, `null` and
 * `""` as null. An array of objects, or of nothing, is a list; any other is kept as compact JSON text.
 */
export type JsonValue = Cell | JsonObject | JsonList;

/** Where an object or array stands in the text it was read from. */
export class JsonStretch {
  end = 0;
  /** White space stands between its tokens. */
  spaced = false;

  constructor(readonly start: number) {}
}

/** Up to this many keys are compared one by one, more through a set. */
const fewKeys = 16;

/** Members in the order of the file; no key stands in it twice. */
export class JsonObject extends JsonStretch {
  readonly keys: string[] = [];
  readonly values: JsonValue[] = [];
  #set: Set<string> | null = null;

  /** Adds a key, whose value is to follow; false if it is there already. */
  claim(key: string): boolean {
    if (this.#has(key)) return false;
    this.#set?.add(key);
    this.keys.push(key);
    return true;
  }

  #has(key: string): boolean {
    if (this.#set === null && this.keys.length === fewKeys) this.#set = new Set(this.keys);
    return this.#set === null ? this.keys.includes(key) : this.#set.has(key);
  }
}

/** An array that holds nothing but objects. */
export class JsonList extends JsonStretch {
  constructor(
    start: number,
    readonly objects: readonly JsonObject[],
  ) {
    super(start);
  }
}
