import { type ProfiledColumns, profileCounts, profileFrom, writeCounts } from '../domain/segment.js';
import type { FileResult, ParcelResult } from './job.js';

/**
 * A parcel's result on its way over the thread border: the names of columns stand once for all files that have the same,
 * and all counts in one array, as hundreds of small objects a file take longer to cross than the file takes to parse.
 */
export interface PackedResult {
  /** Without the columns of records of the files in `columns`. */
  readonly result: ParcelResult;
  /** Lists of names. */
  readonly names: readonly (readonly string[])[];
  /** For each of the parcel's files, which list it has; -1: it has no columns here. */
  readonly columns: readonly number[];
  readonly counts: Float64Array;
  /** The odd number and the word of each column. */
  readonly examples: readonly string[];
}

export function packed(result: ParcelResult): PackedResult {
  const lists = new Map<string, number>();
  const names: string[][] = [];
  const examples: string[] = [];
  const counts = new Float64Array(profileCounts * columnsOf(result));
  const columns = result.files.map((file) => {
    if (file.kind !== 'parsed') return -1;
    const own = file.part.columns.map(({ name }) => name);
    for (const { profile } of file.part.columns) {
      writeCounts(profile, counts, (examples.length / 2) * profileCounts);
      examples.push(profile.oddNumber, profile.word);
    }
    const key = own.join('\0');
    const known = lists.get(key);
    if (known !== undefined) return known;
    lists.set(key, names.length);
    return names.push(own) - 1;
  });
  const files = result.files.map((file) => withColumns(file, [], []));
  return { result: { ...result, files }, names, columns, counts, examples };
}

/** Columns of all files. */
function columnsOf({ files }: ParcelResult): number {
  return files.reduce((sum, file) => sum + (file.kind === 'parsed' ? file.part.columns.length : 0), 0);
}

export function unpacked({ result, names, columns, counts, examples }: PackedResult): ParcelResult {
  let column = 0;
  const profileOf = (name: string): ProfiledColumns[number] => {
    const [oddNumber, word] = [examples[2 * column], examples[2 * column + 1]];
    const profile = profileFrom(counts, column * profileCounts, oddNumber, word);
    column += 1;
    return { name, profile };
  };
  const files = result.files.map((file, place) => {
    const own = names[columns[place] ?? -1] ?? [];
    return withColumns(file, own.map(profileOf), own);
  });
  return { ...result, files };
}

function withColumns(file: FileResult, columns: ProfiledColumns, names: readonly string[]): FileResult {
  if (file.kind !== 'parsed') return file;
  const { part, reading } = file;
  return { ...file, part: { ...part, columns }, reading: { ...reading, columns: names } };
}
