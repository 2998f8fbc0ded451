import { withNamed } from './commandLine.js';
import type { FileHistory } from './filesText.js';
import { printable } from './printable.js';
import { type Page, paint } from './style.js';
import { count, counted, utcTime } from './units.js';
import { shortenMiddle, wrap } from './width.js';

/** Why a file is in the database or not, and what comes next. */
export interface Explanation {
  /** `source/path`, or what was asked for when no source holds it. */
  readonly file: string;
  /** What the ledger says; null for a file that it does not know. */
  readonly ledger: FileHistory | null;
  /** The last rename of the file; of one that the ledger does not know, the one that took it away. */
  readonly renamed: ExplainedRename | null;
  readonly rows: ExplainedRows | null;
  readonly rejects: readonly RejectedRecords[];
  readonly next: NextRun;
}

/** A new path of a file, both relative to its source. */
export interface ExplainedRename {
  readonly from: string;
  readonly to: string;
  readonly runId: number;
  readonly at: string;
}

/** Where the rows of a file stand. */
export interface ExplainedRows {
  readonly table: string;
  readonly fileId: number;
  readonly count: number;
  /** As parsed, the rejected among them. */
  readonly records: number;
  readonly rejected: number;
  /** Finds them. */
  readonly query: string;
  /** Rows of child tables that lie in them. */
  readonly lists: readonly { readonly table: string; readonly rows: number }[];
  /** Rows of other files that records of this one equal. */
  readonly shared: readonly { readonly file: string; readonly rows: number }[];
}

export interface RejectedRecords {
  readonly code: string;
  readonly records: number;
  readonly line: number | null;
  readonly message: string;
}

/** What the next run would do with the file. */
export interface NextRun {
  readonly action: 'read' | 'skip' | 'wait' | 'none';
  readonly why: string;
  readonly hint?: string;
  /** What was taken for granted about that run. */
  readonly assumed?: string;
}

const labelWidth = 12;
const namedFiles = 3;

/** A line or more for each question: is it in the database, since when, which rows, what next. */
export function explainText(explanation: Explanation, { width, color, named }: Page): string {
  const lines = facts(explanation).flatMap(([label, value]) => {
    const [first = '', ...more] = wrap(
      printable(label === 'to do' ? withNamed(value, named) : value),
      width,
      labelWidth + 2,
    );
    return [`  ${label.padEnd(labelWidth)}${first.trimStart()}`, ...more];
  });
  const name = shortenMiddle(printable(explanation.file), width);
  return [paint(name, 'bold', color), ...lines].join('\n');
}

function facts({ ledger, renamed, rows, rejects, next }: Explanation): [string, string][] {
  const all: [string, string | null][] = [
    ['in database', ledger === null ? unknownText(renamed) : answer(ledger, rows)],
    ['renamed', ledger && renamed && `from ${renamed.from} by ${renamedBy(renamed)}`],
    ['trouble', ledger?.error ? `${ledger.error.code}: ${ledger.error.message}${tries(ledger)}` : null],
    ['since', ledger && since(ledger)],
    ['rows', rows && rows.count > 0 ? rows.query : null],
    ['lists', rows && rows.lists.length > 0 ? listsText(rows.lists) : null],
    ['shared', rows && rows.shared.length > 0 ? sharedText(rows.shared) : null],
    ...rejects.map((reject): [string, string] => ['rejected', rejectText(reject)]),
    ['next run', `${next.action}: ${next.why}`],
    ['to do', next.hint ?? null],
    ['assumed', next.assumed ?? null],
  ];
  return all.filter((fact): fact is [string, string] => fact[1] !== null);
}

function unknownText(renamed: ExplainedRename | null): string {
  if (renamed === null) return 'no: no run has seen it';
  return `not by this path: it was renamed to ${renamed.to}, as ${renamedBy(renamed)} found`;
}

function renamedBy({ runId, at }: ExplainedRename): string {
  return `run ${runId} (${utcTime(at)} UTC)`;
}

function answer(ledger: FileHistory, rows: ExplainedRows | null): string {
  if (ledger.duplicateOf !== null) return `yes, as a duplicate: ${ledger.duplicateOf} has the same content`;
  if (rows === null) return `no: ${notLoaded[ledger.status] ?? 'no version of it was loaded'}`;
  return `yes: ${rowsText(rows)}${notes[ledger.status] ?? ''}`;
}

function rowsText({ count: rows, records, rejected, table }: ExplainedRows): string {
  if (records === 0) return 'it is loaded, and holds no records';
  if (records === rejected)
    return `it is loaded, but none of its ${counted(records, 'record')} could be stored`;
  return `${counted(rows, 'row')} in table ${table}`;
}

function listsText(lists: ExplainedRows['lists']): string {
  return lists.map(({ table, rows }) => `${counted(rows, 'row')} in table ${table}`).join(', ');
}

const notLoaded: Partial<Record<FileHistory['status'], string>> = {
  failed: 'it failed, and no version of it was ever loaded',
  deferred: 'it was still being written when it was looked at',
  missing: 'it is gone from its source, and its rows with it',
};
const notes: Partial<Record<FileHistory['status'], string>> = {
  failed: ', of its last good version; the newer one failed',
  held: ', of its version before it shrank; the newer one is held',
  deferred: ', of its last settled version; it was being written when it was looked at',
  missing: '; the file itself is gone from its source',
};

function tries({ attempts }: FileHistory): string {
  return attempts > 1 ? ` (${count(attempts)} tries)` : '';
}

function since({ loadedAt, runId, reason, firstSeenAt }: FileHistory): string {
  const seen = `first seen ${utcTime(firstSeenAt)} UTC`;
  const run = runId === null ? '' : ` by run ${runId}${reason === null ? '' : ` (${reason})`}`;
  return loadedAt === null ? seen : `${utcTime(loadedAt)} UTC${run}; ${seen}`;
}

function sharedText(shared: ExplainedRows['shared']): string {
  const records = shared.reduce((sum, { rows }) => sum + rows, 0);
  const named = shared.slice(0, namedFiles).map(({ file, rows }) => `${file} (${count(rows)})`);
  const more = shared.length > namedFiles ? ` and ${count(shared.length - namedFiles)} more files` : '';
  return `${counted(records, 'record')} equal rows that ${named.join(', ')}${more} brought`;
}

function rejectText({ code, records, line, message }: RejectedRecords): string {
  const where = line === null ? '' : `, first on line ${count(line)}`;
  return `${counted(records, 'record')} (${code}${where}): ${message}`;
}
