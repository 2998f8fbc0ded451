import { identityBytes } from '../domain/segment.js';
import type { IdentityBlock, IdentityBlocks } from './identityBlocks.js';
import type { IdentityLookup } from './identityLookup.js';
import { prefixOf, type RecentRows } from './recentRows.js';
import type { RowPrefixes } from './rowPrefixes.js';

const identityWords = identityBytes / 4;

/** Where rows are looked up. */
export interface KnownRows {
  readonly prefixes: RowPrefixes;
  readonly lookup: IdentityLookup;
  readonly recent: RecentRows;
  readonly blocks: IdentityBlocks;
}

/** Pairs of what may belong together, by their places. */
interface Pairs {
  /** Places of the lookup table, or record ids. */
  readonly where: number[];
  /** Which of the identities is meant. */
  readonly whose: number[];
}

/**
 * Looked up ahead a row costs less than half of one that is found apart from the last, but many times one right behind
 * it: it pays with fewer than so many of these to one of the others.
 */
const mostSequential = 2;

/**
 * What blocks will find that are about to be claimed. Where rows are found here and there, rather than in the order in
 * which they lie, those of many records are looked up at once: then each page of the database is read once.
 */
export class Foresight {
  readonly #rows = new Map<number, Float64Array>();
  #sequential = 0;
  #scattered = 0;

  /** Takes note of a row that was found: whether it stands behind the one before. */
  note(isNext: boolean): void {
    if (isNext) this.#sequential += 1;
    else this.#scattered += 1;
  }

  /** Looks ahead, if what was found since the last time says that it pays. */
  look(blocks: readonly IdentityBlock[], known: KnownRows): void {
    const pays = this.#sequential < this.#scattered * mostSequential;
    this.#sequential = 0;
    this.#scattered = 0;
    this.forget();
    if (!pays) return;
    for (const [i, rows] of foreseen(blocks, known).entries()) this.#rows.set(blocks[i]?.first ?? 0, rows);
  }

  /** For each record of the block that begins with `first` the row that has its identity, or 0; undefined: not known. */
  of(first: number): Float64Array | undefined {
    return this.#rows.get(first);
  }

  /** To be called when any row got or lost an identity, but for those that are claimed. */
  forget(): void {
    this.#rows.clear();
  }
}

/** The rows that have the identities of some blocks: for each block, by the place in it, a record id or 0. */
function foreseen(wanted: readonly IdentityBlock[], known: KnownRows): Float64Array[] {
  const bytes = Buffer.from(new Uint8Array(Buffer.concat(wanted.map(({ identities }) => identities))).buffer);
  const words = new Uint32Array(bytes.buffer);
  const rows = new Float64Array(bytes.length / identityBytes);
  const { where, whose } = candidates(words, known);
  for (const i of ascending(where)) {
    const [row, own] = [where[i] ?? 0, whose[i] ?? 0];
    const start = own * identityBytes;
    if (known.blocks.get(row)?.compare(bytes, start, start + identityBytes) === 0) rows[own] = row;
  }
  let first = 0;
  return wanted.map(({ identities }) => {
    const own = rows.subarray(first, first + identities.length / identityBytes);
    first += own.length;
    return own;
  });
}

/** The record ids that are listed under the prefixes of identities. */
function candidates(words: Uint32Array, { prefixes, lookup, recent }: KnownRows): Pairs {
  const older: Pairs = { where: [], whose: [] };
  const found: Pairs = { where: [], whose: [] };
  for (let at = 0; at < words.length; at += identityWords) {
    const own = at / identityWords;
    if (prefixes.find(words[at] ?? 0)) {
      for (let place = prefixes.first; place < prefixes.end; place += 1) add(older, place, own);
    }
    for (const row of recent.find(prefixOf(words, at))) add(found, row, own);
  }
  const inOrder = ascending(older.where);
  const rows = lookup.allAt(Float64Array.from(inOrder, (i) => older.where[i] ?? 0));
  for (const [i, row] of rows.entries()) add(found, row, older.whose[inOrder[i] ?? 0] ?? 0);
  return found;
}

function add({ where, whose }: Pairs, place: number, own: number): void {
  where.push(place);
  whose.push(own);
}

/** The indexes of numbers in the order of these. */
function ascending(numbers: readonly number[]): Uint32Array {
  return Uint32Array.from(numbers.keys()).sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
}
