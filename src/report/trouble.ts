import type { FileEvent, RejectEvent, Summary, Warning } from '../domain/event.js';
import type { Outcome } from '../domain/file.js';
import { type Named, withNamed } from './commandLine.js';
import { fileName } from './fileLine.js';
import { printable } from './printable.js';
import { count, counted } from './units.js';
import { shortenEnd, shortenMiddle, wrap } from './width.js';

const namedFiles = 3;
const namedWarnings = 10;
const namedCodes = 3;
/** Columns of a message, over several lines. */
const longestMessage = 300;

/** What mends a file when its own error does not say. */
const remedies: Partial<Record<Outcome, string>> = {
  failed: 'mend the file; every run tries it again',
  held: 'look at the file; --accept-shrink loads it as it is',
  deferred: 'nothing; the next run looks at it again',
};
const troubledOutcomes = Object.keys(remedies);

/** Rejects of one code in files that were loaded. */
export interface RejectGroup {
  readonly code: string;
  records: number;
  /** The first of them. */
  readonly example: RejectEvent;
}

/** A file that the summary has something to say about. */
export interface TroubledFile extends FileEvent {
  /** The first of its records that cannot be stored, of a file that failed. */
  readonly reject?: RejectEvent;
}

/** What is known of a run beside its summary. */
interface Troubles {
  readonly troubled: readonly TroubledFile[];
  readonly rejects: readonly RejectGroup[];
  readonly named?: Named;
}

/** What the lines are made for. */
interface Lines {
  readonly width: number;
  readonly named: Named | undefined;
}

/** Whether the summary has something to say about a file: failed, held or deferred. */
export function isTroubled({ outcome }: FileEvent): boolean {
  return troubledOutcomes.includes(outcome);
}

/** What went wrong and what to do: sources, then files by code, then rejects; empty when all went well. */
export function troubleLines(
  summary: Summary,
  { troubled, rejects, named }: Troubles,
  width: number,
): string[] {
  const page = { width, named };
  return [
    ...summary.warnings.filter(isOfSource).flatMap((warning) => warningText(warning, page)),
    ...groupsOf(troubled).flatMap((group) => groupLines(group, page)),
    ...rejectLines(summary, rejects, page),
  ];
}

/** The run's other warnings, the first ten in full. */
export function warningLines(warnings: readonly Warning[], page: Lines): string[] {
  const others = warnings.filter((warning) => !isOfSource(warning));
  const shown = others.slice(0, namedWarnings).flatMap((warning) => warningText(warning, page));
  return [...shown, ...andMore(others.length - namedWarnings, 2)];
}

/** Whether a warning says that a source was set aside. */
function isOfSource({ code }: Warning): boolean {
  return code === 'source_unreachable' || code === 'source_unhealthy';
}

function warningText(warning: Warning, page: Lines): string[] {
  return [...message(warning.message, page.width, 2), ...toDo(warning.hint, page)];
}

/** Files of one outcome and code, those of the worst outcome first, then the most frequent. */
function groupsOf(troubled: readonly TroubledFile[]): TroubledFile[][] {
  const groups = new Map<string, TroubledFile[]>();
  for (const event of troubled) {
    const key = `${event.outcome} ${codeOf(event)}`;
    const group = groups.get(key) ?? [];
    group.push(event);
    groups.set(key, group);
  }
  const rank = (group: TroubledFile[]) => troubledOutcomes.indexOf(group[0]?.outcome ?? '');
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
}

function codeOf(event: FileEvent): string {
  return event.error?.code ?? event.reason;
}

function groupLines(group: readonly TroubledFile[], page: Lines): string[] {
  const { width } = page;
  const [first] = group;
  if (first === undefined) return [];
  return [
    ...wrap(`${printable(codeOf(first))}: ${counted(group.length, 'file')} ${first.outcome}`, width, 2),
    ...namedLines(group, width),
    ...toDo(first.error?.hint ?? remedies[first.outcome], page),
    ...assumed(first.error?.assumed, width),
  ];
}

/** How many records, and for the most frequent codes an example each. */
function rejectLines({ rows, runId }: Summary, rejects: readonly RejectGroup[], page: Lines): string[] {
  const { width } = page;
  if (rows.rejected === 0) return [];
  const groups = [...rejects].sort((a, b) => b.records - a.records);
  return [
    ...wrap(`rejects: ${counted(rows.rejected, 'record')} could not be stored`, width, 2),
    ...groups.slice(0, namedCodes).flatMap((group) => groupOfRejects(group, width)),
    ...andMore(groups.length - namedCodes, 4),
    ...toDo(`${runId === null ? '' : 'ingest rejects shows them; '}mend the file and run again`, page),
  ];
}

function groupOfRejects({ code, records, example }: RejectGroup, width: number): string[] {
  const where = example.line === null ? '' : `:${example.line}`;
  const first = records === 1 ? 'in' : 'the first in';
  return [
    ...wrap(`${printable(code)}: ${counted(records, 'record')}, ${first}`, width, 4),
    `      ${shortenMiddle(printable(`${example.source}/${example.path}${where}`), width - 6)}`.trimEnd(),
    ...message(example.message, width, 6),
  ];
}

function namedLines(files: readonly TroubledFile[], width: number): string[] {
  const lines = files
    .slice(0, namedFiles)
    .flatMap((event) => [
      `    ${shortenMiddle(fileName(event), width - 4)}`.trimEnd(),
      ...message(event.error?.message ?? '', width, 6),
      ...(event.reject ? message(firstOf(event.reject), width, 6) : []),
    ]);
  return [...lines, ...andMore(files.length - namedFiles, 4)];
}

function firstOf({ line, code, message: why }: RejectEvent): string {
  return `the first${line === null ? '' : ` on line ${count(line)}`} (${code}): ${why}`;
}

function message(text: string, width: number, indent: number): string[] {
  return wrap(shortenEnd(printable(text), longestMessage), width, indent);
}

function toDo(hint: string | undefined, { width, named }: Lines): string[] {
  return hint === undefined ? [] : message(`to do: ${withNamed(hint, named)}`, width, 4);
}

function assumed(text: string | undefined, width: number): string[] {
  return text === undefined ? [] : message(`assumed: ${text}`, width, 4);
}

function andMore(more: number, indent: number): string[] {
  return more > 0 ? [`${' '.repeat(indent)}and ${count(more)} more`] : [];
}
