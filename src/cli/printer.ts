import { workersInForce } from '../config/inForce.js';
import type { FileEvent, ProgressEvent, RunEvent, Summary, Warning } from '../domain/event.js';
import type { OutputSettings, RunSettings } from '../domain/settings.js';
import { withNamed } from '../report/commandLine.js';
import { fileLine, formatLines } from '../report/fileLine.js';
import { jsonLine } from '../report/jsonLines.js';
import { summaryText } from '../report/summary.js';
import { isTroubled, type RejectGroup, type TroubledFile } from '../report/trouble.js';
import type { Log } from './log.js';
import { stdoutColumns } from './page.js';
import type { RunRequest } from './request.js';

/** Files in trouble that the summary can name. */
const keptTroubled = 1000;

/** Turns what a run announces into lines on stdout and in the log. */
export class Printer {
  readonly #troubled: TroubledFile[] = [];
  readonly #rejects = new Map<string, RejectGroup>();
  /** Those of the file that is told of next. */
  readonly #ofFile = new Map<string, RejectGroup>();

  constructor(
    readonly run: RunSettings,
    readonly output: OutputSettings,
    readonly log: Log,
    readonly asked: Pick<RunRequest, 'likelyCommand' | 'named'>,
  ) {}

  hear(heard: Exclude<RunEvent, ProgressEvent>): void {
    const event = this.#withCommand(heard);
    this.#writeLog(event);
    if (event.type === 'reject') count(this.#ofFile, { code: event.code, records: 1, example: event });
    if (event.type === 'file') this.#keep(event);
    if (this.output.json) this.#printJson(event);
    else this.#printText(event);
  }

  /** Keeps what the summary will say of a file; the rejects of one that failed are no records of the run. */
  #keep(event: FileEvent): void {
    if (this.#ofFile.size === 0 && !isTroubled(event)) return;
    const groups = [...this.#ofFile.values()];
    this.#ofFile.clear();
    if (event.outcome === 'loaded') for (const group of groups) count(this.#rejects, group);
    if (!isTroubled(event) || this.#troubled.length >= keptTroubled) return;
    const [first] = groups;
    this.#troubled.push(first ? { ...event, reject: first.example } : event);
  }

  /** A root that does not exist may be a misspelt command; then the warning's hint says so. */
  #withCommand(event: Exclude<RunEvent, ProgressEvent>): Exclude<RunEvent, ProgressEvent> {
    const { likelyCommand } = this.asked;
    if (likelyCommand === null) return event;
    const hint = `Did you mean the command \`ingest ${likelyCommand}\`?`;
    const mended = <W extends Warning>(warning: W): W =>
      warning.code === 'source_unreachable' ? { ...warning, hint } : warning;
    if (event.type === 'warning') return mended(event);
    return event.type === 'summary' ? { ...event, warnings: event.warnings.map(mended) } : event;
  }

  #printJson(event: Exclude<RunEvent, ProgressEvent>): void {
    const wanted = event.type !== 'file' || event.outcome !== 'unchanged' || this.output.verbosity > 0;
    if (wanted) write(jsonLine(event));
  }

  #printText(event: Exclude<RunEvent, ProgressEvent>): void {
    const color = this.output.color && Boolean(process.stdout.isTTY);
    if (event.type === 'file') {
      const wanted = this.output.verbosity > 0 || (this.run.dryRun && event.outcome !== 'unchanged');
      const page = { width: stdoutColumns(Number.POSITIVE_INFINITY), color };
      if (wanted) write(fileLine(event, page));
      if (wanted && this.run.dryRun) {
        for (const line of formatLines(event, this.output.verbosity > 0, page)) write(line);
      }
    }
    if (event.type === 'summary' && (this.output.verbosity >= 0 || event.exitCode !== 0)) {
      write(this.#summary(event, color));
    }
  }

  #summary(event: Summary, color: boolean): string {
    const width = stdoutColumns(80);
    const context = {
      width,
      color,
      db: this.run.db,
      threads: workersInForce(this.run.workers),
      troubled: this.#troubled,
      rejects: [...this.#rejects.values()],
      named: this.asked.named,
    };
    return summaryText(event, context);
  }

  #writeLog(event: Exclude<RunEvent, ProgressEvent>): void {
    const { logger } = this.log;
    if (event.type === 'warning') {
      const { message, hint = '' } = event;
      logger.warn(event, `${message} ${withNamed(hint, this.asked.named)}`.trimEnd());
    } else if (event.type === 'file') {
      const level = event.outcome === 'failed' ? 'error' : 'debug';
      const why = event.error ? `: ${event.error.message}` : '';
      logger[level](event, `${event.outcome} ${event.source}/${event.path}${why}`);
    } else if (event.type === 'reject') {
      logger.debug(event, `reject ${event.source}/${event.path}:${event.line}: ${event.message}`);
    } else {
      const name = event.runId === null ? 'dry run' : `run ${event.runId}`;
      logger.info(event, `${name} ended with exit code ${event.exitCode}`);
    }
  }
}

function count(groups: Map<string, RejectGroup>, { code, records, example }: RejectGroup): void {
  const group = groups.get(code) ?? { code, records: 0, example };
  group.records += records;
  groups.set(code, group);
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
