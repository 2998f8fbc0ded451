import type { RowCounts } from '../domain/event.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { counted } from './units.js';
import { shortenEnd, wrap } from './width.js';

/** A record that could not be stored, as people look at it. */
export interface ShownReject {
  readonly source: string;
  readonly path: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
  readonly assumed?: string | null;
}

/** Lines of a record's own text that are shown. */
const shownLines = 3;

/** One reject on a few lines: where it stands, what is wrong and what to do, its own text. */
export function rejectText(reject: ShownReject, { width, color }: Page): string {
  const { source, path, line, column, code, message, raw, assumed } = reject;
  const place = printable(`${source}/${path}${line === null ? '' : `:${line}`}`);
  const about = column === null ? code : `${code} (${printable(column)})`;
  const lines = raw.split(/\r\n|\r|\n/);
  const shown = lines.slice(0, shownLines).map((text) => `    ${shortenEnd(printable(text), width - 4)}`);
  const more = lines.length - shownLines;
  return [
    `${paint(place, 'bold', color)}  ${paint(about, 'red', color)}`,
    ...shown,
    ...(more > 0 ? [`    and ${counted(more, 'more line')}`] : []),
    ...wrap(printable(message), width, 2),
    ...(assumed ? wrap(printable(`assumed: ${assumed}`), width, 2) : []),
  ].join('\n');
}

/** How many rejects were shown, of how many files. */
export function rejectTotal(rejects: number, files: number): string {
  return rejects === 0 ? 'no rejects' : `${counted(rejects, 'reject')} in ${counted(files, 'file')}`;
}

/** What a replay came to. */
export function replayText({ parsed, inserted, deduplicated, rejected }: RowCounts): string {
  if (parsed === 0) return 'no rejects to try again';
  const ends = [
    `${counted(inserted, 'row')} inserted`,
    ...(deduplicated > 0 ? [`${counted(deduplicated, 'record')} already there`] : []),
    `${counted(rejected, 'record')} still rejected`,
  ];
  return `${counted(parsed, 'reject')} tried again: ${ends.join(', ')}`;
}
