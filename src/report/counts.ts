import type { FileCounts, RowCounts, Summary } from '../domain/event.js';
import { noFiles, noRows } from '../domain/event.js';
import { printable } from './printable.js';
import { type Column, textTable } from './table.js';
import { count } from './units.js';
import { displayWidth, shortenMiddle } from './width.js';

/** One line of counts: a source, or all of them. */
interface Line<Key extends string> {
  readonly name: string;
  readonly counts: Readonly<Record<Key, number>>;
}

const fileKeys = Object.keys(noFiles()) as (keyof FileCounts)[];
const rowKeys = Object.keys(noRows()) as (keyof RowCounts)[];
const longestName = 24;
const gap = 2;

/** Files by outcome, a line per source; outcomes that no file had are left out. */
export function fileTable(summary: Summary, width: number): string[] {
  const lines = summary.sources.map(({ name, files }) => ({ name, counts: files }));
  return countTable('files', withTotal(lines, summary.files), fileKeys, width);
}

/** Records by what became of them, a line per source; empty when there were none. */
export function rowTable(summary: Summary, width: number): string[] {
  const lines = summary.sources.map(({ name, rows }) => ({ name, counts: rows }));
  return countTable('rows', withTotal(lines, summary.rows), rowKeys, width);
}

function withTotal<Key extends string>(
  lines: readonly Line<Key>[],
  total: Line<Key>['counts'],
): readonly Line<Key>[] {
  return lines.length === 1 ? lines : [...lines, { name: 'all', counts: total }];
}

function countTable<Key extends string>(
  heading: string,
  lines: readonly Line<Key>[],
  keys: readonly Key[],
  width: number,
): string[] {
  const names = lines.map((line) => shortenMiddle(printable(line.name), longestName));
  const used = keys.filter((key) => lines.some((line) => line.counts[key] !== 0));
  const room = width - Math.max(...[heading, ...names].map(displayWidth));
  return stacks(used, lines, room).flatMap((stack) => {
    const columns: Column[] = [
      { title: heading, align: 'left' },
      ...stack.map((key): Column => ({ title: key, align: 'right' })),
    ];
    const rows = lines.map((line, i) => [names[i] ?? '', ...stack.map((key) => count(line.counts[key]))]);
    return textTable(rows, columns, width);
  });
}

/** The columns in groups that each fit beside the names; the groups are printed one below the other. */
function stacks<Key extends string>(
  keys: readonly Key[],
  lines: readonly Line<Key>[],
  room: number,
): Key[][] {
  const groups: Key[][] = [];
  let left = 0;
  for (const key of keys) {
    const needed = gap + Math.max(key.length, ...lines.map((line) => count(line.counts[key]).length));
    if (needed > left) {
      groups.push([]);
      left = room;
    }
    groups.at(-1)?.push(key);
    left -= needed;
  }
  return groups;
}
