/** Folders named by dates: the levels of a root such as `{yyyy}/{mm}/{dd}`, below its fixed part. */
export interface DatedFolders {
  /** Levels of folders above the files. */
  readonly depth: number;
  /** Whether a folder of this relative path lies on the way to one of them, or is one, or lies in one. */
  covers(folder: string): boolean;
  /** Whether a file of this relative path lies in one of them. */
  holds(file: string): boolean;
  /** Whether all that is below a folder is dated before a time, in milliseconds since 1970. */
  isBefore(folder: string, time: number): boolean;
}

const tokens: Readonly<Record<string, { readonly digits: number; readonly unit: Unit }>> = {
  '{yyyy}': { digits: 4, unit: 'year' },
  '{mm}': { digits: 2, unit: 'month' },
  '{dd}': { digits: 2, unit: 'day' },
  '{HH}': { digits: 2, unit: 'hour' },
};
const token = /\{yyyy\}|\{mm\}|\{dd\}|\{HH\}/g;

const units = ['year', 'month', 'day', 'hour'] as const;
type Unit = (typeof units)[number];
type DateParts = Partial<Record<Unit, number>>;

/** Whether a part of a root is named by a date. */
export function isDated(part: string): boolean {
  return part.search(token) >= 0;
}

/** A part of a root as a glob: digits for what a date fills. */
export function datedGlob(part: string): string {
  return part.replace(token, (found) => '[0-9]'.repeat(tokens[found]?.digits ?? 0));
}

/**
 * The dated folders of a root's parts below its fixed part. The last part names files, not a folder, when something
 * follows the last date, or its own ending is that of a file.
 */
export function datedFolders(parts: readonly string[]): DatedFolders {
  const last = parts.findLastIndex(isDated);
  const namesFiles = last < parts.length - 1 || /\.\w+$/.test(parts.at(-1) ?? '');
  const levels = parts.slice(0, namesFiles ? -1 : undefined).map(levelOf);
  const covers = (folder: string) => split(folder).every((name, i) => levels[i]?.test(name) ?? true);
  return {
    depth: levels.length,
    covers,
    holds: (file) => split(file).length > levels.length && covers(split(file).slice(0, -1).join('/')),
    isBefore: (folder, time) => {
      const end = endOf(dateParts(split(folder), levels));
      return end !== null && end <= time;
    },
  };
}

function split(folder: string): string[] {
  return folder === '' ? [] : folder.split('/');
}

function levelOf(part: string): RegExp {
  const named = new Set<Unit>();
  const pieces = part.split(/(\{yyyy\}|\{mm\}|\{dd\}|\{HH\}|\*|\?)/).map((piece) => {
    const date = tokens[piece];
    if (date) {
      const name = named.has(date.unit) ? '' : `?<${date.unit}>`;
      named.add(date.unit);
      return `(${name}\\d{${date.digits}})`;
    }
    if (piece === '*') return '.*';
    return piece === '?' ? '.' : piece.replace(/[\\^$.+()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${pieces.join('')}$`, 'u');
}

function dateParts(names: readonly string[], levels: readonly RegExp[]): DateParts {
  const parts: DateParts = {};
  for (const [i, name] of names.entries()) {
    const groups = levels[i]?.exec(name)?.groups ?? {};
    for (const unit of units) if (groups[unit] !== undefined) parts[unit] = Number(groups[unit]);
  }
  return parts;
}

/** The first moment after the span that these parts name, by this machine's clock; null when they name none. */
function endOf({ year, month, day, hour }: DateParts): number | null {
  if (year === undefined) return null;
  if (month === undefined) return new Date(year + 1, 0).getTime();
  if (day === undefined) return new Date(year, month, 1).getTime();
  if (hour === undefined) return new Date(year, month - 1, day + 1).getTime();
  return new Date(year, month - 1, day, hour + 1).getTime();
}
