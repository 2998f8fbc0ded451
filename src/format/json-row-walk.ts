import { CellBlock } from '../domain/cellBlock.js';
import { ListRows } from '../domain/listRows.js';
import { numberEnd, stretchEnd } from './json-bytes.js';
import { JsonSyntaxError } from './json-error.js';
import type { Field, JsonTable } from './json-fields.js';
import type { JsonLayout } from './json-layout.js';
import { ListOrder } from './json-list-order.js';
import type { JsonValue } from './json-tree.js';
import { compactStretch, isEmpty, JsonValueParser, maxDepth } from './json-value.js';

const lineFeed = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** Zeros behind the bytes: none may stand in JSON, so that nothing reads beyond. */
const stopBytes = 4;
/** Keys that are looked at, where one stands as in the record before, before it is looked up. */
const nearKeys = 4;
/** Returned where something is not as in the records before. */
const irregular = -1;

/**
 * Reads records from bytes into the cells of a row for each, without a string or an object of their own, as long as all
 * of their fields have been met before and hold what they held then. What is irregular in the least, or an error, is
 * left to the parser.
 */
export class JsonRowWalk {
  readonly cells = new CellBlock();
  readonly lists = new ListRows(this.cells.store);
  /** Where each record begins and ends in the bytes that were read. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #line = 1;
  #depth = 0;
  /** Of the object at hand: no key has it twice. */
  #stamp = 0;
  /** Behind what was read last. */
  #next = 0;
  readonly #order = new ListOrder();

  /** `own`: cells that are left free before those of each record. */
  constructor(
    readonly layout: JsonLayout,
    readonly own: () => number,
  ) {}

  /**
   * Reads the records at the front of `bytes`, which begin on `line`: in an array of records each with a comma behind it,
   * else each with a line end; about as many as have so many rows. Returns the bytes up to the next, 0 where there is none.
   */
  read(bytes: Buffer, line: number, inArray: boolean, rows: number): number {
    const { records, children } = this.layout;
    if (!this.#order.know(children)) return 0;
    const { cells, lists, own } = this;
    cells.begin(own() + records.names.length);
    lists.begin(children.map(({ names }) => names.length));
    const base = cells.store.load(bytes, stopBytes);
    this.#bytes = cells.bytes;
    this.#line = line;
    let used = base;
    for (let at = this.#space(base); cells.records + lists.count < rows; ) {
      const end = this.#record(at, inArray);
      if (end === irregular) break;
      this.starts[cells.records - 1] = at - base;
      this.ends[cells.records - 1] = end - base;
      used = this.#space(this.#next);
      at = used;
    }
    return used - base;
  }

  /** Reads the record at `at`; returns the index behind it, `#next` that behind what separates it from the next. */
  #record(at: number, inArray: boolean): number {
    const { cells, lists, layout } = this;
    const bytes = this.#bytes;
    if (bytes[at] !== openBrace) return irregular;
    const before = lists.count;
    const first = cells.open(this.#line) + this.own();
    this.#depth = 0;
    const end = this.#row(this.#space(at + 1), layout.records, cells, first, -1);
    if (end === irregular || !this.#separated(end, inArray)) {
      cells.records -= 1;
      lists.cut(before);
      return irregular;
    }
    lists.close(cells.records - 1);
    return end;
  }

  /** Passes what stands between two records. */
  #separated(end: number, inArray: boolean): boolean {
    const bytes = this.#bytes;
    if (inArray) {
      const at = this.#space(end);
      this.#next = at + 1;
      return bytes[at] === comma;
    }
    let at = end;
    while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d) at += 1;
    this.#next = at;
    return bytes[at] === lineFeed;
  }

  /** Reads an object as a row of a table, with its lists, into the cells from `first` on; `from`: behind its brace and space. */
  #row(from: number, table: JsonTable, cells: CellBlock, first: number, row: number): number {
    const before = this.#order.found;
    const end = this.#object(from, table.root, cells, first, row);
    if (end !== irregular) this.#order.settle(this.lists, before);
    return end;
  }

  #object(from: number, parent: Field, cells: CellBlock, first: number, row: number): number {
    const bytes = this.#bytes;
    this.#stamp += 1;
    const stamp = this.#stamp;
    this.#depth += 1;
    let at = from;
    if (bytes[at] === closeBrace) return this.#leave(at);
    for (let guess = 0; ; ) {
      const field = bytes[at] === quote ? this.#field(parent, at + 1, guess) : null;
      if (field === null || field.stamp === stamp) return irregular;
      field.stamp = stamp;
      guess = field.place + 1;
      at = this.#space(this.#next);
      if (bytes[at] !== colon) return irregular;
      at = this.#value(this.#space(at + 1), field, cells, first, row);
      if (at === irregular) return irregular;
      at = this.#space(at);
      if (bytes[at] === closeBrace) return this.#leave(at);
      if (bytes[at] !== comma) return irregular;
      at = this.#space(at + 1);
    }
  }

  #leave(at: number): number {
    this.#depth -= 1;
    return at + 1;
  }

  /** Passes an object or list with nothing in it, which counts as a level all the same. */
  #leaveEmpty(at: number): number {
    return this.#depth < maxDepth ? at + 1 : irregular;
  }

  /** The field whose key begins at `start`, most often the one at `guess`; `#next` is then behind the key's quote. */
  #field(parent: Field, start: number, guess: number): Field | null {
    const { order } = parent;
    for (let near = guess; near < guess + nearKeys && near < order.length; near += 1) {
      const field = order[near];
      if (field && this.#says(field.bytes, start)) return field;
    }
    const end = this.#plainEnd(start);
    this.#next = end === irregular ? stretchEnd(this.#bytes, start - 1) : end + 1;
    if (this.#next === irregular) return null;
    const key =
      end === irregular
        ? this.#parse(this.#bytes.toString('utf8', start - 1, this.#next))
        : this.#bytes.toString('utf8', start, end);
    return typeof key === 'string' ? (parent.children.get(key) ?? null) : null;
  }

  #says(key: Uint8Array | null, start: number): boolean {
    if (key === null) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < key.length; i += 1) if (bytes[start + i] !== key[i]) return false;
    this.#next = start + key.length + 1;
    return bytes[start + key.length] === quote;
  }

  /** The end of a text in quotes that begins at `start`; irregular where something else stands in it than letters. */
  #plainEnd(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    for (let code = bytes[at] ?? 0; code !== quote; code = bytes[++at] ?? 0)
      if (code < 0x20 || code === backslash) return irregular;
    return at;
  }

  #value(at: number, field: Field, cells: CellBlock, first: number, row: number): number {
    const code = this.#bytes[at] ?? 0;
    if (code === quote) return this.#text(at, field, cells, first);
    if (code <= nine) return this.#cell(field, cells, first, at, numberEnd(this.#bytes, at));
    if (code === openBrace) {
      if (field.asText) return this.#parsed(at, field, cells, first);
      const inner = this.#space(at + 1);
      if (this.#bytes[inner] === closeBrace) return this.#leaveEmpty(inner);
      return field.kind === 'object' ? this.#object(inner, field, cells, first, row) : irregular;
    }
    if (code === openBracket) return this.#array(at, field, cells, first, row);
    if (this.#isWord(at, 'null')) return field.takesNothing ? at + 4 : irregular;
    if (this.#isWord(at, 'true')) return this.#cell(field, cells, first, at, at + 4);
    return this.#isWord(at, 'false') ? this.#cell(field, cells, first, at, at + 5) : irregular;
  }

  #isWord(at: number, word: string): boolean {
    for (let i = 0; i < word.length; i += 1) if (this.#bytes[at + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  /** Places what stands from `start` to before `end`; returns the end. */
  #cell(field: Field, cells: CellBlock, first: number, start: number, end: number): number {
    if (end === irregular) return irregular;
    if (this.layout.nulls.areAt(this.#bytes, start, end)) return field.takesNothing ? end : irregular;
    if (!field.takesValue) return irregular;
    cells.starts[first + field.column] = start;
    cells.ends[first + field.column] = end;
    return end;
  }

  #text(at: number, field: Field, cells: CellBlock, first: number): number {
    const end = this.#plainEnd(at + 1);
    if (end === irregular) return this.#parsed(at, field, cells, first);
    if (end === at + 1) return field.takesNothing ? end + 1 : irregular;
    return this.#cell(field, cells, first, at + 1, end) === irregular ? irregular : end + 1;
  }

  #array(at: number, field: Field, cells: CellBlock, first: number, row: number): number {
    const { kind, table } = field;
    if (field.asText || kind === 'value') return this.#parsed(at, field, cells, first);
    const inner = this.#space(at + 1);
    if (this.#bytes[inner] === closeBracket) return this.#leaveEmpty(inner);
    return kind === 'list' && table ? this.#list(inner, table, row) : irregular;
  }

  #list(from: number, table: JsonTable, row: number): number {
    const bytes = this.#bytes;
    const { lists } = this;
    const cells = lists.tables[table.place];
    const start = lists.count;
    this.#depth += 1;
    let at = from;
    for (let index = 0; ; index += 1) {
      if (!cells || bytes[at] !== openBrace) return irregular;
      const first = cells.open(0);
      at = this.#row(this.#space(at + 1), table, cells, first, lists.add(table.place, row, index));
      if (at === irregular) return irregular;
      at = this.#space(at);
      if (bytes[at] === closeBracket) break;
      if (bytes[at] !== comma) return irregular;
      at = this.#space(at + 1);
    }
    this.#order.add(table.place, start);
    return this.#leave(at);
  }

  /** Has the parser read a value that is a text with escapes, or is kept as its text. */
  #parsed(at: number, field: Field, cells: CellBlock, first: number): number {
    const end = stretchEnd(this.#bytes, at);
    if (end === irregular) return irregular;
    const text = this.#bytes.toString('utf8', at, end);
    const value = this.#parse(text);
    if (value === undefined) return irregular;
    for (let line = text.indexOf('\n'); line !== -1; line = text.indexOf('\n', line + 1)) this.#line += 1;
    if (value === null || typeof value === 'string') {
      if (!field.takesValue) return irregular;
    } else if (!field.asText) return isEmpty(value) ? end : irregular;
    const isText = value === null || typeof value === 'string';
    const said = isText ? value : isEmpty(value) ? null : compactStretch(text, value);
    if (said === null || (isText && this.layout.nulls.has(said))) return field.takesNothing ? end : irregular;
    if (field.column < 0) return irregular;
    cells.starts[first + field.column] = cells.store.encode(said);
    cells.ends[first + field.column] = cells.store.length;
    return end;
  }

  /** The value that `text` is; undefined where it is something else. */
  #parse(text: string): JsonValue | undefined {
    const parser = new JsonValueParser(text);
    try {
      const value = parser.read(0, this.#depth);
      return parser.end === text.length ? value : undefined;
    } catch (error) {
      if (error instanceof JsonSyntaxError) return undefined;
      throw error;
    }
  }

  /** The first index from `from` on that is no white space. */
  #space(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (let code = bytes[at] ?? 0; code <= 0x20; code = bytes[++at] ?? 0) {
      if (code === lineFeed) this.#line += 1;
      else if (code !== 0x20 && code !== 0x09 && code !== 0x0d) return at;
    }
    return at;
  }
}
