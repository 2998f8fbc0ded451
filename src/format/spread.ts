import type { Columns } from './csv-header.js';
import type { LaneState } from './csv-lane.js';
import type { CsvOptions } from './csv-options.js';
import type { FieldNews } from './json-news.js';
import type { JsonOptions } from './json-options.js';
import type { Place } from './text-window.js';

/** Whole records of a file that follow one another. Plain data, as all that crosses the border of a thread. */
export interface Block {
  readonly bytes: Uint8Array;
  /** The place of the first byte. */
  readonly start: Place;
}

/** The columns of a CSV file. */
export type KnownColumns = Omit<Columns, 'warnings'>;

/** What must be known of a file to read blocks of it as if all before them had been read. */
export type Opening =
  | {
      readonly format: 'csv';
      readonly options: CsvOptions;
      /** Whether the lane may read what is regular. */
      readonly lane: LaneState;
      readonly columns: KnownColumns;
    }
  | {
      readonly format: 'json';
      readonly options: JsonOptions;
      /** The records stand in an array; else each on lines of its own. */
      readonly inArray: boolean;
      readonly known: readonly FieldNews[];
    };

/** Reads blocks of a file that another reader has opened and cuts. */
export interface BlockReader {
  /**
   * Reads the records of a block. Returns what is new of their fields; null where the block does not begin and end
   * between two records. Throws what keeps the file from being read.
   */
  read(block: Block): readonly FieldNews[] | null;
  /** Says that no more blocks come. */
  end(): void;
}

/** Those who read blocks while one reader cuts them. */
export interface Helpers {
  /** Whether somebody is there. */
  readonly ready: boolean;
  /** Begins with a file; `learn` is told what was new in each block, in the order of the file. */
  open(opening: Opening, learn: (news: readonly FieldNews[]) => void): void;
  /** Hands a block over, in the order of the file; its bytes are gone. Throws Entangled. */
  give(block: Block): void;
  /** Waits until all blocks are read; what the reader records next begins at `byteOffset`. Throws Entangled. */
  finish(byteOffset: number): void;
}

/** Gives blocks of a file to helpers, as long as there are any. */
export class BlockGiver {
  /** Whether blocks were given that were not taken back. */
  isGiving = false;

  constructor(
    readonly helpers: Helpers | null,
    readonly opening: () => Opening,
    readonly learn: (news: readonly FieldNews[]) => void = () => {},
  ) {}

  get ready(): boolean {
    return this.helpers?.ready === true;
  }

  /** Gives a block away; false when nobody takes it. */
  give(bytes: Buffer, start: Place): boolean {
    const { helpers } = this;
    if (!helpers?.ready) return false;
    if (!this.isGiving) helpers.open(this.opening(), this.learn);
    this.isGiving = true;
    helpers.give({ bytes: Uint8Array.from(bytes), start });
    return true;
  }

  /** Returns when all that was given is read, so that the reader can go on by itself at `byteOffset`. */
  takeBack(byteOffset: number): void {
    if (!this.isGiving) return;
    this.isGiving = false;
    this.helpers?.finish(byteOffset);
  }
}
