import type { FileEvent, RowCounts } from '../domain/event.js';
import type { Outcome } from '../domain/file.js';
import { printable } from './printable.js';
import { type Page, paint, type Style } from './style.js';
import { counted } from './units.js';
import { displayWidth, pad, shortenEnd, shortenMiddle, wrap } from './width.js';

const styles: Partial<Record<Outcome, Style>> = {
  loaded: 'green',
  failed: 'red',
  held: 'yellow',
  deferred: 'yellow',
  vanished: 'yellow',
};
const outcomeWidth = 'unchanged'.length;
const reasonWidth = 'settings'.length;
/** A path is not shortened below this. */
const narrowestPath = 40;

/** What became of a file, or would in a dry run, on one line of at most `page.width` columns. */
export function fileLine(event: FileEvent, page: Page): string {
  const outcome = pad(event.outcome, outcomeWidth, 'left');
  const reason = pad(printable(event.reason), reasonWidth, 'left');
  const detail = printable(detailOf(event));
  const taken = outcomeWidth + displayWidth(reason) + displayWidth(detail) + 6;
  const path = shortenMiddle(fileName(event), Math.max(narrowestPath, page.width - taken));
  const rest = shortenEnd(`  ${reason}  ${path}  ${detail}`.trimEnd(), page.width - outcomeWidth);
  const style = styles[event.outcome] ?? 'dim';
  return paint(outcome, style, page.color) + rest;
}

/** How a file is read, as found or set, on lines of their own; with `why` also what speaks for it. */
export function formatLines(event: FileEvent, why: boolean, page: Page): string[] {
  if (event.format === undefined) return [];
  const reasons = why ? (event.formatReasons ?? []) : [];
  return [event.format, ...reasons.map((reason) => `- ${reason}`)]
    .flatMap((text) => wrap(printable(text), Math.max(narrowestPath, page.width), outcomeWidth + 2))
    .map((line) => paint(line, 'dim', page.color));
}

/** How a file is called in every text: source and path, printable. */
export function fileName(file: { readonly source: string; readonly path: string }): string {
  return printable(`${file.source}/${file.path}`);
}

function detailOf(event: FileEvent): string {
  if (event.error !== undefined) return `${event.error.code}: ${event.error.message}`;
  if (event.duplicateOf !== undefined) return `= ${event.duplicateOf}`;
  if (event.renamedFrom !== undefined) return `was ${event.renamedFrom}`;
  const target = event.table === undefined ? '' : ` -> ${event.table}`;
  return event.rows === undefined ? '' : rowsDetail(event.rows, target);
}

function rowsDetail(rows: RowCounts, target: string): string {
  const parts = [`${counted(rows.inserted, 'row')}${target}`];
  if (rows.deduplicated > 0) parts.push(`${counted(rows.deduplicated, 'record')} already there`);
  if (rows.rejected > 0) parts.push(`${counted(rows.rejected, 'record')} rejected`);
  return parts.join(', ');
}
