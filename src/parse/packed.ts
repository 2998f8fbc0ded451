import { emptyProfile, type ProfiledColumns, profileCounts } from '../domain/segment.js';
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
  const numbers: number[] = [];
  const examples: string[] = [];
  const columns = result.files.map((file) => {
    if (file.kind !== 'parsed') return -1;
    const own = file.part.columns.map(({ name }) => name);
    for (const { profile } of file.part.columns) {
      for (const count of profileCounts) numbers.push(profile[count]);
      examples.push(profile.oddNumber, profile.word);
    }
    const key = own.join('\0');
    const known = lists.get(key);
    if (known !== undefined) return known;
    lists.set(key, names.length);
    return names.push(own) - 1;
  });
  const files = result.files.map((file) => withColumns(file, [], []));
  return { result: { ...result, files }, names, columns, counts: Float64Array.from(numbers), examples };
}

export function unpacked({ result, names, columns, counts: numbers, examples }: PackedResult): ParcelResult {
  let column = 0;
  const profileOf = (name: string): ProfiledColumns[number] => {
    const profile = emptyProfile();
    for (const [i, count] of profileCounts.entries())
      profile[count] = numbers[column * profileCounts.length + i] ?? 0;
    profile.oddNumber = examples[2 * column] ?? '';
    profile.word = examples[2 * column + 1] ?? '';
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
