import type { SourceFile } from '../domain/file.js';

/** What is told of a file that need not be read. */
export interface UnchangedFile extends Pick<SourceFile, 'path' | 'size'> {
  readonly table: string;
}

/** Files that become one pack. */
const packFiles = 512;

/** Files with their paths in one text: a million objects with a text each would take several times the memory. */
interface Pack {
  readonly paths: string;
  readonly sizes: Float64Array;
  /** One for all, or one for each. */
  readonly tables: readonly string[];
}

/** The files of a source that are as they were, in the order in which they were found. */
export class UnchangedFiles implements Iterable<UnchangedFile> {
  readonly #packs: Pack[] = [];
  #last: UnchangedFile[] = [];

  add({ path, size }: Pick<SourceFile, 'path' | 'size'>, table: string): void {
    this.#last.push({ path, size, table });
    if (this.#last.length < packFiles) return;
    this.#packs.push(packed(this.#last));
    this.#last = [];
  }

  *[Symbol.iterator](): Generator<UnchangedFile> {
    for (const pack of this.#packs) yield* unpacked(pack);
    yield* this.#last;
  }
}

function packed(files: readonly UnchangedFile[]): Pack {
  const tables = files.map(({ table }) => table);
  return {
    // No path has a NUL in it.
    paths: files.map(({ path }) => path).join('\0'),
    sizes: Float64Array.from(files, ({ size }) => size),
    tables: tables.every((table) => table === tables[0]) ? tables.slice(0, 1) : tables,
  };
}

function* unpacked({ paths, sizes, tables }: Pack): Generator<UnchangedFile> {
  for (const [i, path] of paths.split('\0').entries()) {
    yield { path, size: sizes[i] ?? 0, table: tables[i] ?? tables[0] ?? '' };
  }
}
