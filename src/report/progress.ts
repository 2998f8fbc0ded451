import type { FileInWork, ProgressEvent, SourceProgress } from '../domain/event.js';
import { fileName } from './fileLine.js';
import { textTable } from './table.js';
import { count, counted, duration, rate, size } from './units.js';
import { shortenEnd, shortenMiddle } from './width.js';

/** A file that takes longer than this is named. */
const slowMs = 2000;
const narrowestPath = 20;

/** What a run has told of how far it is. Times are milliseconds since 1970. */
export class ProgressMeter {
  readonly #found = new Map<string, number>();
  #load: Extract<ProgressEvent, { stage: 'load' }> | null = null;
  #loadBegan = 0;

  hear(event: ProgressEvent, now: number): void {
    if (event.stage === 'scan') {
      this.#found.set(event.source, event.found);
      return;
    }
    if (this.#load === null) this.#loadBegan = now;
    this.#load = event;
  }

  /** Lines of at most `width` columns: one for each source, one for the file that takes long. */
  lines(now: number, width: number): string[] {
    if (this.#load === null) return this.#scanLines(width);
    const seconds = (now - this.#loadBegan) / 1000;
    const sources = [...this.#load.sources.values()];
    const rows = sources.map((source) => sourceCells(source, seconds));
    return [...textTable(rows, columns, width).slice(1), ...slowLine(this.#load.inWork, now, width)];
  }

  /** All sources in one line, for a log; null before anything is read. */
  sentence(now: number): string | null {
    if (this.#load === null) return null;
    const total = sum([...this.#load.sources.values()]);
    const seconds = (now - this.#loadBegan) / 1000;
    const left = remaining(total, seconds);
    const done = `${count(total.filesDone)} of ${counted(total.filesTotal, 'file')}`;
    const rest = left === null ? '' : `, about ${duration(left)} to go`;
    return `${done}, ${counted(total.records, 'row')}, ${size(total.bytesDone)} in ${duration(seconds)}${rest}`;
  }

  #scanLines(width: number): string[] {
    const lines = [...this.#found].map(([source, found]) => `${source}: ${counted(found, 'file')} found`);
    return (lines.length === 0 ? ['looking'] : lines).map((line) => shortenEnd(line, width));
  }
}

const columns = [
  { title: '', align: 'left' },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
] as const;

function sourceCells(source: SourceProgress, seconds: number): string[] {
  const { filesDone, filesTotal, records, bytesDone } = source;
  const left = remaining(source, seconds);
  return [
    source.source,
    `${count(filesDone)}/${counted(filesTotal, 'file')}`,
    counted(records, 'row'),
    size(bytesDone),
    seconds > 0 ? `${rate(records / seconds)} rows/s` : '',
    filesDone === filesTotal ? 'done' : left === null ? '' : `${duration(left)} left`,
  ];
}

/** Seconds until all bytes are done at the rate so far; null while that cannot be said. */
function remaining(
  { bytesDone, bytesTotal }: Omit<SourceProgress, 'source'>,
  seconds: number,
): number | null {
  if (bytesDone === 0 || seconds < 1) return null;
  return Math.ceil(((bytesTotal - bytesDone) / bytesDone) * seconds);
}

function sum(sources: readonly SourceProgress[]): Omit<SourceProgress, 'source'> {
  const total = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, records: 0 };
  for (const { filesDone, filesTotal, bytesDone, bytesTotal, records } of sources) {
    total.filesDone += filesDone;
    total.filesTotal += filesTotal;
    total.bytesDone += bytesDone;
    total.bytesTotal += bytesTotal;
    total.records += records;
  }
  return total;
}

/** The file that has been in work for the longest time. */
function slowLine(inWork: ReadonlySet<FileInWork>, now: number, width: number): string[] {
  const [slowest] = inWork;
  if (slowest === undefined || now - slowest.since < slowMs) return [];
  const since = ` for ${duration(Math.round((now - slowest.since) / 1000))}`;
  const room = Math.max(narrowestPath, width - since.length - 8);
  return [shortenEnd(`reading ${shortenMiddle(fileName(slowest), room)}${since}`, width)];
}
