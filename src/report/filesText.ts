import type { FileStatus } from '../domain/file.js';
import { fileName } from './fileLine.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { type Column, textTable } from './table.js';
import { count, counted, size, utcTime, utcTimeOfNs } from './units.js';
import { shortenMiddle, wrap } from './width.js';

/** What the ledger says of one file. Times are ISO 8601 UTC. */
export interface FileHistory {
  readonly source: string;
  readonly path: string;
  readonly status: FileStatus;
  readonly reason: string | null;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly table: string | null;
  readonly rows: number;
  readonly deduplicated: number;
  readonly rejected: number;
  /** The loaded file with the same content. */
  readonly duplicateOf: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly attempts: number;
  readonly firstSeenAt: string;
  readonly loadedAt: string | null;
  readonly runId: number | null;
}

const labelWidth = 14;

/** The files of the ledger: with `detail` all that is known of each, else a table with a line for each. */
export function filesText(
  history: readonly FileHistory[],
  page: Page & { readonly detail: boolean },
): string {
  if (history.length === 0) return 'no file yet';
  if (page.detail) return history.map((file) => fileBlock(file, page)).join('\n\n');
  // A column of zeros says nothing.
  const shown = columns.filter(({ title }) => title !== 'rejected' || history.some(hasRejects));
  const lines = history.map((file) => shown.map(({ cell }) => cell(file)));
  const [title = '', ...rows] = textTable(lines, shown, page.width);
  return [paint(title, 'bold', page.color), ...rows].join('\n');
}

function hasRejects({ rejected }: FileHistory): boolean {
  return rejected > 0;
}

const columns: readonly (Column & { readonly cell: (file: FileHistory) => string })[] = [
  { title: 'status', align: 'left', cell: ({ status }) => status },
  { title: 'rows', align: 'right', cell: ({ rows }) => count(rows) },
  { title: 'rejected', align: 'right', cell: ({ rejected }) => count(rejected) },
  { title: 'table', align: 'left', cell: ({ table }) => table ?? '-' },
  { title: 'loaded (UTC)', align: 'right', cell: ({ loadedAt }) => utcTime(loadedAt) },
  { title: 'file', align: 'left', cell: fileName },
];

function fileBlock(file: FileHistory, { width, color }: Page): string {
  const lines = facts(file).flatMap(([label, value]) => {
    const [first = '', ...more] = wrap(printable(value), width, labelWidth + 2);
    return [`  ${label.padEnd(labelWidth)}${first.trimStart()}`, ...more];
  });
  return [paint(shortenMiddle(fileName(file), width), 'bold', color), ...lines].join('\n');
}

/** Label and value; what does not apply is left out. */
function facts(file: FileHistory): [string, string][] {
  const { error } = file;
  const all: [string, string | null][] = [
    ['status', file.reason === null ? file.status : `${file.status} (${file.reason})`],
    ['error', error && `${error.code}: ${error.message}`],
    ['attempts', file.attempts > 0 ? count(file.attempts) : null],
    ['duplicate of', file.duplicateOf],
    ['rows', file.table && `${rowsOf(file)} -> ${file.table}`],
    ['size', `${size(file.size)} (${counted(file.size, 'byte')})`],
    ['modified', `${utcTimeOfNs(file.mtimeNs)} UTC`],
    ['first seen', `${utcTime(file.firstSeenAt)} UTC`],
    ['loaded', file.loadedAt && `${utcTime(file.loadedAt)} UTC`],
    ['run', file.runId === null ? null : String(file.runId)],
  ];
  return all.filter((fact): fact is [string, string] => fact[1] !== null);
}

function rowsOf({ rows, deduplicated, rejected }: FileHistory): string {
  const parts = [count(rows)];
  if (deduplicated > 0) parts.push(`${count(deduplicated)} already there`);
  if (rejected > 0) parts.push(`${count(rejected)} rejected`);
  return parts.join(', ');
}
