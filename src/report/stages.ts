import type { StageSeconds, Summary } from '../domain/event.js';
import { textTable } from './table.js';
import { counted, duration, percent } from './units.js';
import { wrap } from './width.js';

const stages = ['scan', 'read', 'parse', 'write'] as const;
const longestBar = 32;
/** Whoever worked less than this share of the run did not hold it back. */
const heldBack = 0.5;

/** Where the time of a run went and what held it back; nothing for a run in which no file was read. */
export function stageLines(summary: Summary, threads: number, width: number): string[] {
  const total = stages.reduce((sum, stage) => sum + summary.stages[stage], 0);
  if (summary.bytesRead === 0 || total <= 0 || summary.seconds <= 0) return [];
  const rows = stages.map((stage) => stageRow(stage, summary.stages[stage], total));
  const table = textTable(rows, columns, width - 2).slice(1);
  return [...table.map((line) => `  ${line}`), ...wrap(verdict(summary, threads), width, 2)];
}

const columns = [
  { title: '', align: 'left' },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
  { title: '', align: 'left' },
] as const;

function stageRow(stage: string, seconds: number, total: number): string[] {
  const share = seconds / total;
  return [stage, duration(seconds), percent(share), '█'.repeat(Math.round(share * longestBar))];
}

/** Which share of the run's wall time each worker was busy, 0 to 1. */
interface Load {
  readonly scanner: number;
  readonly threads: number;
  readonly writer: number;
}

function loadOf({ stages, seconds }: Summary, threads: number): Load {
  const share = (work: number, workers: number) => Math.min(1, work / (seconds * workers));
  return {
    scanner: share(stages.scan, 1),
    threads: share(stages.read + stages.parse, Math.max(1, threads)),
    writer: share(stages.write, 1),
  };
}

function verdict(summary: Summary, threads: number): string {
  const load = loadOf(summary, threads);
  const parsers = threads === 0 ? 'parsing in-line' : counted(threads, 'parser thread');
  const threadsBusy = `${parsers} ${percent(load.threads)}`;
  const writerBusy = `the writer ${percent(load.writer)}`;
  const most = Math.max(load.scanner, load.threads, load.writer);
  if (most < heldBack) return `No stage held the run back (busy: ${threadsBusy}, ${writerBusy}).`;
  if (most === load.threads) return readOrParse(summary.stages, `busy: ${threadsBusy}, ${writerBusy}`);
  if (most === load.writer) return `Writing held the run back (busy: ${writerBusy}, ${threadsBusy}).`;
  return `Scanning held the run back (${percent(load.scanner)} of its time).`;
}

function readOrParse({ read, parse }: StageSeconds, busy: string): string {
  return read > parse
    ? `Reading held the run back (${busy}); more --concurrency may help.`
    : `Parsing held the run back (${busy}); more --workers help while cores are free.`;
}
