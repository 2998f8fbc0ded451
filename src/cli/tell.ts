import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, messageOf } from '../domain/errors.js';
import type { OutputSettings, TellSettings } from '../domain/settings.js';
import { jsonLine } from '../report/jsonLines.js';
import { runFailureCommand } from './failure.js';
import { ping, pingAddress } from './ping.js';
import type { PinoLog } from './pinoLog.js';
import type { Done } from './request.js';

/** Milliseconds that the end waits for the news of the start. */
const startPatienceMs = 1000;

/** Tells others of a run. None of it changes its exit code, and what cannot be told is a warning. */
export class Teller {
  readonly #started: Promise<unknown>;
  /** Opened for the first warning. */
  #log: PinoLog | null = null;

  /** Tells at once that the run has begun. */
  constructor(
    readonly settings: TellSettings,
    /** Absolute path of the database. */
    readonly db: string,
    readonly output: OutputSettings,
  ) {
    this.#started = this.#ping('start', '');
  }

  /** Tells how the run ended; takes a few seconds at most, but for the command of `onFailure`. */
  async end(done: Done): Promise<void> {
    await this.#writeMetrics(done);
    const { exitCode, summary } = done;
    const body = summary === null ? '' : jsonLine(summary);
    await Promise.race([this.#started, sleep(startPatienceMs, undefined, { ref: false })]);
    await Promise.all([this.#ping(String(exitCode), body), this.#runFailureCommand(exitCode, body)]);
    this.#log?.close();
  }

  async #ping(word: string, body: string): Promise<void> {
    const { pingUrl } = this.settings;
    if (pingUrl === null) return;
    const address = pingAddress(pingUrl, word);
    const why = await ping(address, body);
    if (why !== null) await this.#warn('ping_failed', `${address} could not be told: ${why}.`);
  }

  async #runFailureCommand(exitCode: number, body: string): Promise<void> {
    const { onFailure } = this.settings;
    if (onFailure === null || exitCode === ExitCode.done) return;
    const variables = { INGEST_EXIT_CODE: String(exitCode), INGEST_DB: this.db };
    const why = await runFailureCommand(onFailure, body, variables);
    if (why !== null)
      await this.#warn('on_failure_failed', `The command of onFailure (${onFailure}): ${why}.`);
  }

  async #writeMetrics({ exitCode, summary }: Done): Promise<void> {
    const { metricsFile } = this.settings;
    if (metricsFile === null) return;
    try {
      const { writeMetrics } = await import('./metrics.js');
      writeMetrics(metricsFile, this.db, exitCode, summary);
    } catch (error) {
      await this.#warn('metrics_not_written', `The metrics cannot be written: ${messageOf(error)}.`);
    }
  }

  async #warn(code: string, message: string): Promise<void> {
    const { openPino } = await import('./pinoLog.js');
    this.#log ??= openPino(this.output);
    this.#log.outspoken.warn({ type: 'warning', code, message }, message);
  }
}
