import { hash } from 'node:crypto';
import type { CellBlock } from '../domain/cellBlock.js';
import { folded } from '../domain/columnName.js';
import { identityBytes } from '../domain/segment.js';
import { blockWords, chaskey, chaskeyKey } from './chaskey.js';

/** Makes the identity of a record of a block; `children` is what its child rows say. Used again for the next. */
export type IdentityOf = (cells: CellBlock, record: number, children: Uint8Array | null) => Buffer | null;

/**
 * Identity by row: 16 bytes over the columns that say something, by folded name, in no order; null and absent are one.
 * Equal records of files with other column orders or further empty columns are equal. `context` is what else must be
 * equal, as the preamble of their files.
 */
export function rowIdentity(columns: readonly string[], context = ''): IdentityOf {
  return identityOf(`row${context}`, columns, columns);
}

/** Identity by key: over the key columns alone; null when all of them are empty. */
export function keyIdentity(columns: readonly string[], key: readonly string[]): IdentityOf {
  const wanted = new Set(key.map(folded));
  const chosen = columns.filter((column) => wanted.has(folded(column)));
  const identity = identityOf('key', columns, chosen);
  const places = chosen.map((column) => columns.indexOf(column));
  return (cells, record) => {
    const first = record * cells.width;
    const isEmpty = (place: number) => {
      const start = cells.starts[first + place] ?? -1;
      return start < 0 || start === cells.ends[first + place];
    };
    return places.every(isEmpty) ? null : identity(cells, record, null);
  };
}

function identityOf(kind: string, columns: readonly string[], chosen: readonly string[]): IdentityOf {
  const key = chaskeyKey(wordsOf(kind));
  const message = new Message(columns, chosen);
  const tag = new Int32Array(identityBytes / 4);
  const identity = Buffer.from(tag.buffer);
  return (cells, record, children) => {
    message.cells(cells, record);
    if (children !== null) message.children(children);
    chaskey(key, message.words, message.count, tag);
    return identity;
  };
}

/** What is hashed of a record: for each cell that says something, by column, 64 bits of its name, its length, its bytes. */
class Message {
  words = new Int32Array(256);
  count = 0;
  /** The columns' places, in the order of their names, and two words of each name. */
  readonly #places: Int32Array;
  readonly #names: Int32Array;

  constructor(columns: readonly string[], chosen: readonly string[]) {
    const ordered = chosen.map((column) => [folded(column), columns.indexOf(column)] as const);
    ordered.sort(([a], [b]) => (a < b ? -1 : 1));
    this.#places = Int32Array.from(ordered, ([, place]) => place);
    this.#names = Int32Array.from(ordered.flatMap(([name]) => [...wordsOf(name).subarray(0, 2)]));
  }

  cells({ starts, ends, view, width }: CellBlock, record: number): void {
    const first = record * width;
    const places = this.#places;
    const names = this.#names;
    this.count = 0;
    for (let i = 0; i < places.length; i += 1) {
      const place = first + (places[i] ?? 0);
      const start = starts[place] ?? -1;
      if (start < 0) continue;
      const end = ends[place] ?? 0;
      const words = this.#room(3 + (end - start) / 4);
      let count = this.count;
      words[count] = names[2 * i] ?? 0;
      words[count + 1] = (names[2 * i + 1] ?? 0) ^ (end - start);
      count += 2;
      let at = start;
      for (; at + 4 <= end; at += 4) words[count++] = view.getInt32(at, true);
      // What stands behind the cell is cut off.
      if (at < end) words[count++] = view.getInt32(at, true) & (0xff_ffff >>> (8 * (3 - end + at)));
      this.count = count;
    }
  }

  children(said: Uint8Array): void {
    const words = this.#room(2 * lists.length);
    words.set(lists, this.count);
    words.set(wordsOf(said), this.count + lists.length);
    this.count += 2 * lists.length;
  }

  /** The words, with room for more behind those that count, and for what pads them. */
  #room(more: number): Int32Array {
    const wanted = this.count + more + blockWords;
    if (wanted > this.words.length) {
      const larger = new Int32Array(2 * wanted);
      larger.set(this.words);
      this.words = larger;
    }
    return this.words;
  }
}

/** 128 bits of the SHA-256 of a text, as words. */
function wordsOf(text: string | Uint8Array): Int32Array {
  // A string costs half of what a buffer does.
  const digest = hash('sha256', text, 'binary');
  const words = new Int32Array(identityBytes / 4);
  for (let i = 0; i < identityBytes; i += 1)
    words[i >> 2] = (words[i >> 2] ?? 0) | (digest.charCodeAt(i) << (8 * (i % 4)));
  return words;
}

/** Stands before what child rows say. */
const lists = wordsOf('lists');
