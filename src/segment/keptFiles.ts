import { isAlike } from '../domain/alike.js';
import { countsOf, type KeptFile, type Manner, mannerOf } from './kept.js';
import type { NewFile, NewTable } from './newFile.js';

/** The files of a segment, by the key under which their contents are kept: `(file, key, manner, counts)`. */
export const filesTable = '_ingest_segment_files';
/** How files were read, once for all that were read alike: `(manner, description)`. */
export const mannersTable = '_ingest_segment_manners';

/** Describes the files of a segment for another time. */
export class KeptFiles {
  readonly #files: NewTable;
  readonly #manners: NewTable;
  /** Their numbers. */
  readonly #known = new Map<string, number>();
  /** That of the file before, and its number. */
  #last: readonly [manner: Manner, number: number] | null = null;

  constructor(segment: NewFile) {
    this.#files = segment.table(
      filesTable,
      'file INTEGER PRIMARY KEY, key TEXT, manner INTEGER, counts TEXT',
    );
    this.#manners = segment.table(mannersTable, 'manner INTEGER PRIMARY KEY, description TEXT');
  }

  /** Files come by ascending numbers. */
  add(key: string, kept: KeptFile): void {
    const manner = mannerOf(kept);
    if (!this.#last || !isAlike(this.#last[0], manner)) this.#last = [manner, this.#numberOf(manner)];
    this.#files.append(kept.part.file, [null, key, this.#last[1], countsOf(kept)]);
  }

  #numberOf(manner: Manner): number {
    const text = JSON.stringify(manner);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const number = this.#known.size;
    this.#manners.append(number, [null, text]);
    this.#known.set(text, number);
    return number;
  }
}
