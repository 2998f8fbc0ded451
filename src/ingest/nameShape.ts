/** What the names of a machine's files have in common. */
export interface NameShape {
  /** Of the file name: what changes from file to file is `*`. */
  readonly glob: string;
  /** The words that stay the same, without the ending. */
  readonly words: readonly string[];
}

const ending = /((?:\.[a-z]+)+)$/i;
const globCharacters = /[*?[\]{}()!+@\\,]/;

/** A glob for one path; what a glob takes for its own stands for any character. */
export function exactly(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|^$"\n]/g, '?');
}

/** The shape of a file name: `00471101_lot.csv` is `*_lot.csv`. Parts with a digit change, others stay. */
export function nameShape(name: string): NameShape {
  const [end = ''] = ending.exec(name) ?? [];
  const stem = name.slice(0, name.length - end.length);
  const parts = stem.split(/([_\-. ]+)/);
  const changes = (part: string) => /\d/.test(part) || globCharacters.test(part);
  const glob = parts.map((part) => (changes(part) ? '*' : part)).join('');
  const words = parts.filter((part) => /[a-z]/i.test(part) && !changes(part));
  return { glob: glob.replace(/\*(?:[_\-. ]*\*)+/g, '*') + end.toLowerCase(), words };
}

const dates: readonly (readonly [form: RegExp, name: string])[] = [
  [/^\d{4}[-_.]?\d{2}[-_.]?\d{2}$/, 'day'],
  [/^\d{4}[-_.]\d{2}$/, 'month'],
  [/^\d{4}$/, 'year'],
];

/**
 * A pattern that fills columns from the paths of files of one name shape, or null where the paths tell nothing:
 * one column for each folder that changes and for a date in the name. `taken` are columns that the files have.
 */
export function pathPattern(
  paths: readonly string[],
  shape: NameShape,
  taken: readonly string[],
): string | null {
  const parts = paths.map((path) => path.split('/'));
  const depth = parts[0]?.length ?? 0;
  if (paths.length < 2 || parts.some(({ length }) => length !== depth)) return null;
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const folders = Array.from({ length: depth - 1 }, (_, level) =>
    folderPattern([...new Set(parts.map((of) => of[level] ?? ''))], used),
  );
  const stems = paths.map((path) => (path.split('/').at(-1) ?? '').replace(ending, ''));
  const day = dates.find(([form]) => stems.every((stem) => form.test(stem)))?.[1];
  const named = day === undefined || used.has(day) ? shape.glob : shape.glob.replace('*', `{${day}}`);
  const pattern = [...folders, named].join('/');
  return pattern.includes('{') ? pattern : null;
}

function folderPattern(values: readonly string[], used: Set<string>): string {
  const [first = ''] = values;
  if (values.length === 1) return globCharacters.test(first) ? '*' : first;
  const wanted = dates.find(([form]) => values.every((value) => form.test(value)))?.[1] ?? commonWord(values);
  const names = [wanted, `${wanted}_2`, `${wanted}_3`];
  const name = names.find((candidate) => !used.has(candidate));
  if (name === undefined) return '*';
  used.add(name);
  return `{${name}}`;
}

/** The word that all values start with, as `oven` of `oven-03` and `oven-04`, or `folder`. */
function commonWord(values: readonly string[]): string {
  const words = new Set(values.map((value) => /^([a-z]+)[-_ ]?\d+$/i.exec(value)?.[1]?.toLowerCase()));
  const [only] = words;
  return words.size === 1 && only !== undefined ? only : 'folder';
}
