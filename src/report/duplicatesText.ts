import { type Page, paint } from './style.js';
import { textTable } from './table.js';
import { count, counted, size } from './units.js';

/** A loaded file and the files with the same content. */
export interface Duplicates {
  readonly original: string;
  /** Bytes of each of them. */
  readonly size: number;
  readonly copies: readonly string[];
}

/** Bytes that the copies take beside their original. */
export function spaceOf({ size: bytes, copies }: Duplicates): number {
  return bytes * copies.length;
}

/** Each original with its copies below it, and what all copies take. */
export function duplicatesText(groups: readonly Duplicates[], { width, color }: Page): string {
  if (groups.length === 0) return 'no duplicates';
  const rows = groups.flatMap((group) => [
    [count(group.copies.length), size(spaceOf(group)), group.original],
    ...group.copies.map((copy) => ['', '', `= ${copy}`]),
  ]);
  const [title = '', ...lines] = textTable(rows, columns, width);
  const copies = groups.reduce((sum, group) => sum + group.copies.length, 0);
  const space = groups.reduce((sum, group) => sum + spaceOf(group), 0);
  const total = `${counted(copies, 'copy', 'copies')} of ${counted(groups.length, 'file')}, space that could be spared: ${size(space)}`;
  return [paint(title, 'bold', color), ...lines, total].join('\n');
}

const columns = [
  { title: 'copies', align: 'right' },
  { title: 'they take', align: 'right' },
  { title: 'original, and = its copies', align: 'left' },
] as const;
