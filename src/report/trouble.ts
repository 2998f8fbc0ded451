import type { FileEvent, Summary, Warning } from '../domain/event.js';
import type { Outcome } from '../domain/file.js';
import { fileName } from './fileLine.js';
import { printable } from './printable.js';
import { count, counted } from './units.js';
import { shortenEnd, shortenMiddle, wrap } from './width.js';

const namedFiles = 3;
const namedWarnings = 10;
/** Columns of a message, over several lines. */
const longestMessage = 300;

/** What mends a file when its own error does not say. */
const remedies: Partial<Record<Outcome, string>> = {
  failed: 'mend the file; every run tries it again',
  held: 'look at the file; --accept-shrink loads it as it is',
  deferred: 'nothing; the next run looks at it again',
};
const troubledOutcomes = Object.keys(remedies);

/** Whether the summary has something to say about a file: failed, held, deferred or with rejects. */
export function isTroubled(event: FileEvent): boolean {
  return troubledOutcomes.includes(event.outcome) || (event.rows?.rejected ?? 0) > 0;
}

/** What went wrong and what to do: sources, then files by code, then rejects; empty when all went well. */
export function troubleLines(summary: Summary, troubled: readonly FileEvent[], width: number): string[] {
  return [
    ...summary.warnings.filter(isOfSource).flatMap((warning) => warningText(warning, width)),
    ...groupsOf(troubled).flatMap((group) => groupLines(group, width)),
    ...rejectLines(summary, troubled, width),
  ];
}

/** The run's other warnings, the first ten in full. */
export function warningLines(warnings: readonly Warning[], width: number): string[] {
  const others = warnings.filter((warning) => !isOfSource(warning));
  const shown = others.slice(0, namedWarnings).flatMap((warning) => warningText(warning, width));
  return [...shown, ...andMore(others.length - namedWarnings, 2)];
}

/** Whether a warning says that a source was set aside. */
function isOfSource({ code }: Warning): boolean {
  return code === 'source_unreachable' || code === 'source_unhealthy';
}

function warningText(warning: Warning, width: number): string[] {
  return [...message(warning.message, width, 2), ...toDo(warning.hint, width)];
}

/** Files of one outcome and code, those of the worst outcome first, then the most frequent. */
function groupsOf(troubled: readonly FileEvent[]): FileEvent[][] {
  const groups = new Map<string, FileEvent[]>();
  for (const event of troubled) {
    if (!troubledOutcomes.includes(event.outcome)) continue;
    const key = `${event.outcome} ${codeOf(event)}`;
    const group = groups.get(key) ?? [];
    group.push(event);
    groups.set(key, group);
  }
  const rank = (group: FileEvent[]) => troubledOutcomes.indexOf(group[0]?.outcome ?? '');
  return [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
}

function codeOf(event: FileEvent): string {
  return event.error?.code ?? event.reason;
}

function groupLines(group: readonly FileEvent[], width: number): string[] {
  const [first] = group;
  if (first === undefined) return [];
  return [
    ...wrap(`${printable(codeOf(first))}: ${counted(group.length, 'file')} ${first.outcome}`, width, 2),
    ...namedLines(group, width, (event) => event.error?.message),
    ...toDo(first.error?.hint ?? remedies[first.outcome], width),
  ];
}

function rejectLines(summary: Summary, troubled: readonly FileEvent[], width: number): string[] {
  if (summary.rows.rejected === 0) return [];
  const files = troubled.filter((event) => (event.rows?.rejected ?? 0) > 0);
  return [
    ...wrap(`rejects: ${counted(summary.rows.rejected, 'record')} could not be stored`, width, 2),
    ...namedLines(files, width, rejectedOf),
    ...toDo('ingest rejects shows them; mend the files and run again', width),
  ];
}

function rejectedOf({ rows }: FileEvent): string | undefined {
  return rows && `${rows.rejected} of ${counted(rows.parsed, 'record')}`;
}

function namedLines(
  files: readonly FileEvent[],
  width: number,
  messageOf: (event: FileEvent) => string | undefined,
): string[] {
  const lines = files
    .slice(0, namedFiles)
    .flatMap((event) => [
      `    ${shortenMiddle(fileName(event), width - 4)}`.trimEnd(),
      ...message(messageOf(event) ?? '', width, 6),
    ]);
  return [...lines, ...andMore(files.length - namedFiles, 4)];
}

function message(text: string, width: number, indent: number): string[] {
  return wrap(shortenEnd(printable(text), longestMessage), width, indent);
}

function toDo(hint: string | undefined, width: number): string[] {
  return hint === undefined ? [] : message(`to do: ${hint}`, width, 4);
}

function andMore(more: number, indent: number): string[] {
  return more > 0 ? [`${' '.repeat(indent)}and ${count(more)} more`] : [];
}
