import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { ExitCode, systemCode } from '../domain/errors.js';
import type { OutputSettings } from '../domain/settings.js';
import { asIngestError } from '../ingest/record.js';
import { run } from '../ingest/run.js';
import { errorText } from '../report/errorText.js';
import { openLog } from './log.js';
import { Printer } from './printer.js';
import type { Done, Order, RunRequest } from './request.js';

/** Aborted with the exit code as reason when the run is to end in good order. */
const interrupt = new AbortController();

process.on('message', (order: Order) => {
  if (order.type === 'run') void work(order.request);
  else if (interrupt.signal.aborted) leave(order.exitCode);
  else interrupt.abort(order.exitCode);
});
// Whoever presses Ctrl-C reaches this process too; the parent passes on what is meant.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
// Without its parent nobody waits for what it does, and nobody could end it.
process.on('disconnect', () => leave(ExitCode.terminated));
for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);

async function work({ run: settings, output, likelyCommand }: RunRequest): Promise<void> {
  process.on('uncaughtException', (error) => {
    const exitCode = fail(error, output);
    void report(exitCode).then(() => leave(exitCode));
  });
  try {
    const log = openLog(output);
    const printer = new Printer(settings, output, log, likelyCommand);
    const summary = await run(settings, (event) => printer.hear(event), interrupt.signal);
    log.close();
    await report(summary.exitCode);
  } catch (error) {
    const interrupted = interrupt.signal.aborted && error === interrupt.signal.reason;
    await report(interrupted ? Number(error) : fail(error, output));
  }
}

/** Says what went wrong; returns the exit code. */
function fail(error: unknown, { color }: OutputSettings): number {
  const shown = asIngestError(error);
  process.stderr.write(`${errorText(shown, color && Boolean(process.stderr.isTTY))}\n`);
  return shown.exitCode;
}

/**
 * Tells the parent that all is done. A call that hangs may keep this process beyond its end; so that whoever reads its
 * output is not kept waiting, it lets go of it first.
 */
async function report(exitCode: number): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) await flushed(stream);
  if (process.platform !== 'win32') for (const fd of [1, 2]) discard(fd);
  const done: Done = { exitCode };
  await new Promise((resolve) => process.send?.(done, resolve));
}

/** Closes a file descriptor; what is still written to it must not land in a file that is opened next. */
function discard(fd: number): void {
  closeSync(fd);
  openSync(devNull, 'w');
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

/** Ends the process at once: what holds the database lets go of it on exit, then no hung call can keep the rest. */
function leave(exitCode: number): void {
  process.on('exit', () => process.kill(process.pid, 'SIGKILL'));
  process.exit(exitCode);
}

/** Whoever reads our words may stop (`| head`); the work goes on to its end. */
function ignoreClosedPipe(error: unknown): void {
  if (systemCode(error) !== 'EPIPE') throw error;
}
