import { bar } from './chart.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { textTable } from './table.js';
import { count, counted, duration, percent, size, utcTime } from './units.js';
import { shortenMiddle } from './width.js';

/** What is said of a cache; as in the room that keeps it. */
export interface CacheReport {
  readonly path: string;
  readonly maxBytes: number;
  /** Null where there is none yet. */
  readonly stats: CacheFigures | null;
}

export interface CacheFigures {
  readonly entries: number;
  readonly segments: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly lastHits: number;
  readonly lastMisses: number;
  readonly bytesSaved: number;
  readonly secondsSaved: number;
  readonly evictions: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly ages: readonly { readonly days: number; readonly segments: number; readonly bytes: number }[];
}

const longestBar = 24;

/** The figures of a cache, with its ages as bars. */
export function cacheText({ path, maxBytes, stats }: CacheReport, page: Page): string {
  const place = shortenMiddle(printable(path), page.width);
  if (stats === null || stats.entries === 0) return `${place}\n\nempty: it fills with the next run`;
  const { entries, segments, bytes, oldest, newest } = stats;
  const facts = [
    ['kept', `${counted(entries, 'file')} in ${counted(segments, 'segment')}`],
    ['size', `${size(bytes)} of ${size(maxBytes)} at most`],
    ['last run', hitRate(stats.lastHits, stats.lastMisses)],
    ['all runs', hitRate(stats.hits, stats.misses)],
    ['saved', savings(stats)],
    ['evicted', counted(stats.evictions, 'segment')],
    ['oldest', `${utcTime(oldest)} UTC`],
    ['newest', `${utcTime(newest)} UTC`],
  ];
  const lines = facts.map(([name = '', fact]) => `${name.padEnd(8)}  ${fact}`);
  const title = paint('made', 'bold', page.color);
  return [place, '', ...lines, '', title, ...ageLines(stats, page)].join('\n');
}

/** The cache in one line; null where there is nothing in it. */
export function cacheLine({ maxBytes, stats }: CacheReport): string | null {
  if (stats === null || stats.entries === 0) return null;
  const { entries, bytes, lastHits, lastMisses } = stats;
  const kept = `${counted(entries, 'file')} kept, ${size(bytes)} of ${size(maxBytes)}`;
  return `${kept}; last run ${hitRate(lastHits, lastMisses)}; saved ${savings(stats)}`;
}

function savings({ bytesSaved, secondsSaved }: CacheFigures): string {
  return `${size(bytesSaved)} of reading, ${duration(secondsSaved)} of parsing`;
}

/** `90% hits: 9 of 10 files` */
export function hitRate(hits: number, misses: number): string {
  const files = hits + misses;
  if (files === 0) return 'nothing asked for';
  return `${percent(hits / files)} hits: ${count(hits)} of ${counted(files, 'file')}`;
}

function ageLines({ ages }: CacheFigures, { width }: Page): string[] {
  const largest = Math.max(...ages.map(({ bytes }) => bytes));
  const rows = ages.map(({ days, segments, bytes }) => [
    days === 0 ? 'today' : `${counted(days, 'day')} ago`,
    counted(segments, 'segment'),
    size(bytes),
    bar(bytes, largest, longestBar),
  ]);
  const right = { title: '', align: 'right' } as const;
  const columns = [right, right, right, { title: '', align: 'left' } as const];
  return textTable(rows, columns, width).slice(1);
}

/** What was freed by emptying a cache. */
export function clearedText(
  path: string,
  { entries, bytes }: { readonly entries: number | null; readonly bytes: number },
): string {
  if (bytes === 0) return `${printable(path)}: there was nothing to clear`;
  const files = entries === null ? 'what was damaged' : `the records of ${counted(entries, 'file')}`;
  return `${printable(path)}: ${files} cleared, ${size(bytes)} freed`;
}
