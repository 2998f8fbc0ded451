import type { Ora } from 'ora';
import type { ProgressEvent } from '../domain/event.js';
import type { OutputSettings } from '../domain/settings.js';
import { ProgressMeter } from '../report/progress.js';
import type { Log } from './log.js';

/** Milliseconds between two pictures: eight in a second. */
const pictureMs = 125;
const logMs = 60_000;
/** Columns and rows of the smallest terminal that gets a picture; some say they have none. */
const smallest = { columns: 20, rows: 4 };
/** A run that is over by then shows nothing. */
const patienceMs = 300;

/** Shows how far a run is: on a terminal a few lines that vanish at the end, in the log a line a minute. */
export class Progress {
  readonly #meter = new ProgressMeter();
  readonly #timers: NodeJS.Timeout[];
  #display: Ora | null = null;
  #isOver = false;

  /** `visible`: whether stderr may show it. */
  constructor(visible: boolean, log: Log) {
    this.#timers = [setInterval(() => this.#logLine(log), logMs)];
    if (visible) this.#timers.push(setTimeout(() => void this.#show(), patienceMs));
    for (const timer of this.#timers) timer.unref();
  }

  hear(event: ProgressEvent): void {
    this.#meter.hear(event, Date.now());
  }

  /** Takes the picture away; nothing is shown afterwards. */
  stop(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    process.stderr.off('resize', this.#leaveIfSmall);
    this.#display?.stop();
    this.#display = null;
  }

  readonly #leaveIfSmall = (): void => {
    if (!hasRoom()) this.stop();
  };

  async #show(): Promise<void> {
    // Loaded where a picture is shown; most runs show none.
    const { default: ora } = await import('ora');
    if (this.#isOver || !hasRoom()) return;
    process.stderr.on('resize', this.#leaveIfSmall);
    // The terminal is left as it is: signals and the cursor are none of a picture's business.
    this.#display = ora({
      stream: process.stderr,
      isEnabled: true,
      interval: pictureMs,
      discardStdin: false,
      hideCursor: false,
    });
    this.#picture();
    this.#display.start();
    const timer = setInterval(() => this.#picture(), pictureMs);
    timer.unref();
    this.#timers.push(timer);
  }

  #picture(): void {
    const { columns, rows } = process.stderr;
    const lines = this.#meter.lines(Date.now(), columns - 3).slice(0, rows - 2);
    if (this.#display) this.#display.text = lines.join('\n  ');
  }

  #logLine(log: Log): void {
    const sentence = this.#meter.sentence(Date.now());
    if (sentence !== null) log.logger.info({ type: 'progress' }, sentence);
  }
}

function hasRoom(): boolean {
  const { columns, rows } = process.stderr;
  return columns >= smallest.columns && rows >= smallest.rows;
}

/** Whether progress has a terminal that can move its cursor, and stdout does not write to it line by line. */
export function isVisible({ progress, json, verbosity }: OutputSettings, dryRun: boolean): boolean {
  const floods = Boolean(process.stdout.isTTY) && (json || dryRun || verbosity > 0);
  return progress && verbosity >= 0 && isScreen() && !floods;
}

/** A terminal of an automatic build (`CI`) is a log. */
function isScreen(): boolean {
  const { TERM, CI } = process.env;
  return Boolean(process.stderr.isTTY) && TERM !== 'dumb' && CI === undefined;
}
