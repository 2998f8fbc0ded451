import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { ExitCode } from '../domain/errors.js';
import type { RunEvent, Summary } from '../domain/event.js';
import { asIngestError } from '../ingest/record.js';
import { run } from '../ingest/run.js';
import { type Log, openLog } from './log.js';
import { namedBy } from './named.js';
import { printError } from './printError.js';
import { Printer } from './printer.js';
import { isVisible, Progress } from './progress.js';
import type { CommandRequest, Done, Order, RunRequest } from './request.js';
import { sharing } from './sharing.js';
import { allowsColor, ignoreClosedPipe } from './streams.js';

/** Aborted with the exit code as reason when the run is to end in good order. */
const interrupt = new AbortController();

process.on('message', (order: Order) => {
  if (order.type === 'run') void work(order);
  else if (order.type === 'command') void perform(order);
  else if (interrupt.signal.aborted) leave(order.exitCode);
  else interrupt.abort(order.exitCode);
});
// Whoever presses Ctrl-C reaches this process too; the parent passes on what is meant.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {});
// Without its parent nobody waits for what it does, and nobody could end it.
process.on('disconnect', () => leave(ExitCode.terminated));
for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);

/** Does the main job. */
async function work({ run: settings, output, likelyCommand, named }: RunRequest): Promise<void> {
  let summary: Summary | null = null;
  let log: Log | null = null;
  const fail = (error: unknown) => {
    const { code, message, hint } = asIngestError(error);
    log?.unspoken.fatal({ type: 'error', code, message, hint }, message);
    return report({ exitCode: printError(error, output.color, named), summary });
  };
  process.on('uncaughtException', (error) => void fail(error).then(() => leave(ExitCode.fatal)));
  try {
    const opened = await openLog(output);
    log = opened;
    const progress = new Progress(isVisible(output, settings.dryRun), opened);
    const printer = new Printer(settings, output, opened, { likelyCommand, named });
    const hear = (event: RunEvent) => {
      if (event.type === 'progress') return progress.hear(event);
      if (event.type === 'summary') {
        progress.stop();
        summary = event;
      }
      printer.hear(event);
    };
    const { exitCode } = await run(settings, hear, interrupt.signal).finally(() => progress.stop());
    opened.close();
    await report({ exitCode, summary });
  } catch (error) {
    const interrupted = interrupt.signal.aborted && error === interrupt.signal.reason;
    await (interrupted ? report({ exitCode: Number(error), summary }) : fail(error));
  }
}

/** Does what another command asks for. It only reads, so a signal ends it at once. */
async function perform({ name, call }: CommandRequest): Promise<void> {
  const { signal } = interrupt;
  signal.addEventListener('abort', () => leave(Number(signal.reason)));
  const fail = (error: unknown) =>
    report({ exitCode: printError(error, allowsColor(process.env), namedBy(call.flags)), summary: null });
  process.on('uncaughtException', (error) => void fail(error).then(() => leave(ExitCode.fatal)));
  try {
    const act = await sharing[name]();
    await report({ exitCode: await act(call), summary: null });
  } catch (error) {
    await fail(error);
  }
}

/**
 * Tells the parent that all is done. A call that hangs may keep this process beyond its end; so that whoever reads its
 * output is not kept waiting, it lets go of it first.
 */
async function report(done: Done): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) await flushed(stream);
  if (process.platform !== 'win32') for (const fd of [1, 2]) discard(fd);
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
