import { type ProfiledColumns, profileCounts, profileFrom, pushCounts } from '../domain/segment.js';
import type { FileResult, ParcelResult } from './job.js';

/**
 * A parcel's result on its way over the thread border: all counts of columns stand in one array, as hundreds of small
 * objects a file take longer to cross than the file takes to parse.
 */
export interface PackedResult {
  /** Without the columns of its parts, whose names are those of its readings. */
  readonly result: ParcelResult;
  readonly counts: Float64Array;
  /** The odd number and the word of each column. */
  readonly examples: readonly string[];
}

export function packed(result: ParcelResult): PackedResult {
  const counts: number[] = [];
  const examples: string[] = [];
  const files = result.files.map((file) => {
    if (file.kind !== 'parsed') return file;
    for (const { profile } of file.part.columns) {
      pushCounts(profile, counts);
      examples.push(profile.oddNumber, profile.word);
    }
    return { ...file, part: { ...file.part, columns: [] } };
  });
  return { result: { ...result, files }, counts: new Float64Array(counts), examples };
}

export function unpacked({ result, counts, examples }: PackedResult): ParcelResult {
  let column = 0;
  const profileOf = (name: string): ProfiledColumns[number] => {
    const [oddNumber, word] = [examples[2 * column], examples[2 * column + 1]];
    const profile = profileFrom(counts, column * profileCounts, oddNumber, word);
    column += 1;
    return { name, profile };
  };
  const files = result.files.map((file): FileResult => {
    if (file.kind !== 'parsed') return file;
    return { ...file, part: { ...file.part, columns: file.reading.columns.map(profileOf) } };
  });
  return { ...result, files };
}
