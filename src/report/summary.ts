import { ExitCode } from '../domain/errors.js';
import type { Summary } from '../domain/event.js';
import { fileTable, rowTable } from './counts.js';
import { printable } from './printable.js';
import { stageLines } from './stages.js';
import { type Page, paint, type Style } from './style.js';
import { type RejectGroup, type TroubledFile, troubleLines, warningLines } from './trouble.js';
import { count, counted, duration, rate, size } from './units.js';
import { shortenMiddle, wrap } from './width.js';

export interface SummaryContext extends Page {
  /** The database as the user knows it. */
  readonly db: string;
  /** Parser threads of the run; 0 when it parsed in-line. */
  readonly threads: number;
  /** The files that `isTroubled` picks. */
  readonly troubled: readonly TroubledFile[];
  /** The rejects of the run by code. */
  readonly rejects: readonly RejectGroup[];
}

interface Section {
  readonly title: string | null;
  readonly lines: readonly string[];
}

const widest = 80;
const narrowest = 40;
const longestDb = 36;

const verdicts: Readonly<Record<number, readonly [string, Style]>> = {
  [ExitCode.done]: ['done', 'green'],
  [ExitCode.fatal]: ['broken off', 'red'],
  [ExitCode.partial]: ['partly done', 'yellow'],
  [ExitCode.sourceDown]: ['a source was left out', 'red'],
  [ExitCode.interrupted]: ['interrupted', 'yellow'],
  [ExitCode.terminated]: ['interrupted', 'yellow'],
};

/**
 * The end of a run as people like to read it: lines of 40 to 80 columns as the page allows, without a line end
 * after the last. A run without an id is taken as a dry run.
 */
export function summaryText(summary: Summary, context: SummaryContext): string {
  const width = Math.max(narrowest, Math.min(widest, context.width));
  const sections = isQuiet(summary) ? [quiet(summary, context, width)] : sectionsOf(summary, context, width);
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map((section) => sectionText(section, context.color))
    .join('\n\n');
}

function sectionsOf(summary: Summary, context: SummaryContext, width: number): Section[] {
  return [
    { title: null, lines: headline(summary, context, width, `, ${duration(summary.seconds)}`) },
    { title: null, lines: fileTable(summary, width) },
    { title: null, lines: rowTable(summary, width) },
    { title: null, lines: factLines(summary, width) },
    { title: 'where the time went', lines: stageLines(summary, context.threads, width) },
    { title: 'what went wrong', lines: troubleLines(summary, context, width) },
    { title: 'warnings', lines: warningLines(summary.warnings, { width, named: context.named }) },
  ];
}

function sectionText({ title, lines }: Section, color: boolean): string {
  return (title === null ? lines : [paint(title, 'bold', color), ...lines]).join('\n');
}

/** Nothing moved and nothing is to be said: all files of all sources as they were. */
function isQuiet({ exitCode, files, rows, missing, warnings }: Summary): boolean {
  const moved = rows.removed + missing + warnings.length;
  return exitCode === ExitCode.done && files.seen === files.unchanged && moved === 0;
}

function quiet(summary: Summary, context: SummaryContext, width: number): Section {
  const { files, skipped, bytesRead, seconds } = summary;
  const all = files.seen > 1 ? 'all ' : '';
  const seen = files.seen === 0 ? 'no files seen' : `${all}${counted(files.seen, 'file')} unchanged`;
  const rest = [...(skipped === 0 ? [] : [leftOut(skipped)]), ...passedOver(summary)];
  const facts = [
    seen,
    ...rest,
    bytesRead === 0 ? '0 bytes read' : `${size(bytesRead)} read`,
    duration(seconds),
  ];
  return { title: null, lines: [...wrap(facts.join(', '), width), ...headline(summary, context, width, '')] };
}

function headline(summary: Summary, context: SummaryContext, width: number, took: string): string[] {
  const { runId, exitCode } = summary;
  const [word, style] = verdicts[exitCode] ?? ['ended', 'red'];
  const run = runId === null ? 'dry run' : `run ${runId}`;
  const verdict = exitCode === ExitCode.done ? word : `${word} (exit code ${exitCode})`;
  const db = shortenMiddle(printable(context.db), longestDb);
  const lines = wrap(`${run} -> ${db}: ${verdict}${took}`, width);
  return lines.map((line) => paint(line, style, context.color));
}

/** Rates, and what the tables do not show. */
function factLines(summary: Summary, width: number): string[] {
  const { skipped, missing, cache } = summary;
  const facts = rates(summary);
  if (skipped > 0) facts.push(leftOut(skipped));
  if (missing > 0) facts.push(`${counted(missing, 'file')} gone missing from their source`);
  facts.push(...passedOver(summary));
  if (cache.hits + cache.misses > 0) {
    facts.push(`parse cache: ${counted(cache.hits, 'hit')}, ${count(cache.misses)} not in it`);
  }
  return facts.flatMap((fact) => wrap(fact, width));
}

function rates({ files, rows, bytesRead, seconds }: Summary): string[] {
  if (bytesRead === 0 || seconds <= 0) return [];
  const perSecond = `${rate(files.loaded / seconds)} files/s, ${rate(rows.parsed / seconds)} rows/s`;
  return [`${size(bytesRead)} read: ${perSecond}, ${rate(bytesRead / seconds / 1e6)} MB/s`];
}

/** The dated folders that were not looked into, by source. */
function passedOver({ sources }: Summary): string[] {
  return sources.flatMap(({ name, passedOver: folders = [] }) => {
    const [first, ...others] = folders;
    if (first === undefined) return [];
    const span = others.length === 0 ? first : `${first} to ${others.at(-1)}`;
    return [printable(`${name}: ${counted(folders.length, 'dated folder')} passed over (${span})`)];
  });
}

function leftOut(skipped: number): string {
  return `${counted(skipped, 'file')} left out by --since or --until`;
}
