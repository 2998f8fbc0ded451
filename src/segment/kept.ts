import type { RecordReading } from '../domain/reading.js';
import {
  type ProfiledColumns,
  profileCounts,
  profileFrom,
  pushCounts,
  type SegmentFile,
  type Shape,
} from '../domain/segment.js';

/** A record that cannot be stored, as its reader found it. */
export interface SegmentReject {
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/** What must be known of a file beside its rows to use them another time. A segment says it of its own files. */
export interface KeptFile {
  readonly part: SegmentFile;
  /** By the number that `part` gives them. */
  readonly shapes: Readonly<Record<number, Shape>>;
  /** How the bytes were read, why, and what was to be said of it, for people. */
  readonly format: string;
  readonly reasons: readonly string[];
  readonly reading: RecordReading;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Seconds of parsing. */
  readonly seconds: number;
}

/** What is counted of each file anew. */
interface Counts extends Pick<SegmentFile, 'stretches' | 'stored' | 'rejected' | 'preamble' | 'childRows'> {
  readonly seconds: number;
  /** Of the columns of its records, and of each of its child tables. */
  readonly profiles: readonly PackedProfiles[];
}

/** The counts of all columns, one behind the other, and the odd number and the word of each. */
interface PackedProfiles {
  readonly counts: readonly number[];
  readonly examples: readonly string[];
}

/** The manner in which a file was read, mostly that of the file before. */
export type Manner = Omit<KeptFile, 'part' | 'seconds'> & {
  readonly part: Pick<SegmentFile, 'shapes'> & {
    readonly children: readonly (Omit<SegmentFile['children'][number], 'columns'> & {
      readonly columns: readonly string[];
    })[];
  };
};

export function mannerOf({ part, format, reasons, reading, warnings, shapes }: KeptFile): Manner {
  const children = part.children.map((child) => ({ ...child, columns: namesOf(child.columns) }));
  return { part: { shapes: part.shapes, children }, format, reasons, reading, warnings, shapes };
}

/** The rest of what is to be known of a file, as a text. */
export function countsOf({ part, seconds }: KeptFile): string {
  const { stretches, stored, rejected, preamble, childRows } = part;
  const profiles = [part, ...part.children].map((table) => pack(table.columns));
  const counts: Counts = { stretches, stored, rejected, preamble, childRows, seconds, profiles };
  return JSON.stringify(counts);
}

/** The file with a number, of a manner and counts as {@link countsOf} has them. */
export function keptFile(file: number, manner: Manner, counts: string): KeptFile {
  const { seconds, profiles, ...own } = JSON.parse(counts) as Counts;
  const { shapes, children } = manner.part;
  const part = {
    file,
    shapes,
    columns: profiled(manner.reading.columns, profiles[0]),
    children: children.map((child, i) => ({ ...child, columns: profiled(child.columns, profiles[i + 1]) })),
    ...own,
  };
  return { seconds, ...manner, part };
}

function namesOf(columns: ProfiledColumns): string[] {
  return columns.map(({ name }) => name);
}

function pack(columns: ProfiledColumns): PackedProfiles {
  const counts: number[] = [];
  const examples: string[] = [];
  for (const { profile } of columns) {
    pushCounts(profile, counts);
    examples.push(profile.oddNumber, profile.word);
  }
  return { counts, examples };
}

function profiled(names: readonly string[], packed: PackedProfiles | undefined): ProfiledColumns {
  const { counts, examples } = packed ?? { counts: [], examples: [] };
  return names.map((name, i) => {
    const [oddNumber, word] = [examples[2 * i], examples[2 * i + 1]];
    return { name, profile: profileFrom(counts, i * profileCounts, oddNumber, word) };
  });
}
