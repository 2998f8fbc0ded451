import type { SourceState, Summary } from '../domain/event.js';
import { bar } from './chart.js';
import { type Page, paint } from './style.js';
import { type Column, textTable } from './table.js';
import { count, duration, utcTime } from './units.js';
import { displayWidth } from './width.js';

/** A run that goes on, or was killed, has no end, no exit code and no summary. */
export interface RunStatus {
  readonly state: 'finished' | 'running' | 'interrupted';
  readonly runId: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly exitCode: number | null;
  readonly summary: Summary | null;
}

const longestBar = 24;
const shortestBar = 4;
const gap = 2;

/** Runs, a line each, with a bar for the rows that each brought. */
export function runsText(runs: readonly RunStatus[], page: Page): string {
  if (runs.length === 0) return 'no run yet';
  const [title = '', ...lines] = runLines(runs, page.width);
  const room = Math.min(longestBar, page.width - displayWidth(title) - gap);
  const most = Math.max(...runs.map(rowsIn));
  const bars = runs.map((run) => (room < shortestBar ? '' : bar(rowsIn(run), most, room)));
  const withBars = lines.map((line, i) => `${line}${' '.repeat(gap)}${bars[i] ?? ''}`.trimEnd());
  return [paint(title, 'bold', page.color), ...withBars].join('\n');
}

/** The same as lines, titles first; nothing where there is no run. */
export function runLines(runs: readonly RunStatus[], width: number): string[] {
  if (runs.length === 0) return [];
  const titles = ['run', 'started (UTC)', 'took', 'exit', 'seen', 'loaded', 'failed', 'rows in'];
  const columns = titles.map((title): Column => ({ title, align: 'right' }));
  return textTable(runs.map(runCells), columns, width);
}

function rowsIn({ summary }: RunStatus): number {
  return summary?.rows.inserted ?? 0;
}

function runCells({ runId, state, startedAt, finishedAt, exitCode, summary }: RunStatus): string[] {
  const took = finishedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const counts = summary && [
    summary.files.seen,
    summary.files.loaded,
    summary.files.failed,
    summary.rows.inserted,
  ];
  return [
    String(runId),
    utcTime(startedAt),
    took === null ? state : duration(took),
    exitCode === null ? '-' : String(exitCode),
    ...(counts?.map(count) ?? ['-', '-', '-', '-']),
  ];
}

/** Files of a source that each run loaded, the oldest run first; null where it was left out. */
export function loadedByRun(runs: readonly Pick<RunStatus, 'summary'>[], source: string): (number | null)[] {
  const finished = runs.flatMap(({ summary }) => (summary === null ? [] : [summary]));
  return finished
    .map(({ sources }) => sources.find(({ name }) => name === source)?.files.loaded ?? null)
    .reverse();
}

/** What the last of these runs that asked for a source found; the newest run first. */
export function lastState(runs: readonly Pick<RunStatus, 'summary'>[], source: string): SourceState | null {
  const states = runs.flatMap(({ summary }) => summary?.sources.filter(({ name }) => name === source) ?? []);
  return states[0]?.state ?? null;
}
