import { described, type KeptFile } from './kept.js';
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

  constructor(segment: NewFile) {
    this.#files = segment.table(
      filesTable,
      'file INTEGER PRIMARY KEY, key TEXT, manner INTEGER, counts TEXT',
    );
    this.#manners = segment.table(mannersTable, 'manner INTEGER PRIMARY KEY, description TEXT');
  }

  /** Files come by ascending numbers. */
  add(key: string, kept: KeptFile): void {
    const { manner, counts } = described(kept);
    this.#files.append(kept.part.file, [null, key, this.#numberOf(manner), counts]);
  }

  #numberOf(manner: string): number {
    const known = this.#known.get(manner);
    if (known !== undefined) return known;
    const number = this.#known.size;
    this.#manners.append(number, [null, manner]);
    this.#known.set(manner, number);
    return number;
  }
}
