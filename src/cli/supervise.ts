import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode, IngestError } from '../domain/errors.js';
import type { Done, Order, Request } from './request.js';
import { allowsColor } from './streams.js';

const childModule = fileURLToPath(new URL('./child.js', import.meta.url));
const names = ['SIGINT', 'SIGTERM'] as const;
const exitCodes = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;
/** Milliseconds that a child gets to leave after the second signal, and to be gone after it was ended. */
const graceMs = 1_000;

/** How a child ended: with its last word, or without one. */
export interface Ended extends Done {
  /** What ended it before it had said its last word and without anybody here having asked for it, or null. */
  readonly endedBy: string | null;
}

/**
 * Has a child process do the work. Signals are passed on. The child says when it is done and is ended then, for a call
 * that hangs would keep it; if even that does not help it is left behind, its database closed.
 */
export async function supervise(request: Request, poolSize: number): Promise<Ended> {
  const child = fork(childModule, [], {
    env: { UV_THREADPOOL_SIZE: String(poolSize), ...process.env },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const signals = passSignals(child);
  try {
    tell(child, request);
    return await Promise.race([reported(child), died(child, signals), signals.ignored]);
  } finally {
    await end(child);
    signals.dispose();
  }
}

/** The exit code of a child that has ended; says so if it did not end by itself. */
export async function endAs({ exitCode, endedBy }: Ended): Promise<number> {
  if (endedBy === null) return exitCode;
  const error = new IngestError(
    'internal',
    `The process that did the work was ended by ${endedBy}.`,
    'Look whether the machine ran out of memory, and run again: what is in the database is whole.',
  );
  const { printError } = await import('./printError.js');
  return printError(error, allowsColor(process.env));
}

function tell(child: ChildProcess, order: Order): void {
  // A child that is gone needs no telling.
  child.send(order, () => {});
}

async function reported(child: ChildProcess): Promise<Ended> {
  const [done] = (await once(child, 'message')) as [Done];
  return { ...done, endedBy: null };
}

/** A child that ends without a word, which is in order only after a signal. */
async function died(child: ChildProcess, signals: Signals): Promise<Ended> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signals.passed !== null) return wordless(signals.passed);
  // A signal for the whole process group may reach the child before it listens.
  if (signal === 'SIGINT' || signal === 'SIGTERM') return wordless(exitCodes[signal]);
  return { ...wordless(ExitCode.fatal), endedBy: signal ?? `exit code ${code}` };
}

function wordless(exitCode: number): Ended {
  return { exitCode, summary: null, endedBy: null };
}

/** The signals that reach this process while a child works. */
interface Signals {
  /** Exit code of the last one; null when there was none. */
  readonly passed: number | null;
  /** Resolves when the child has not left in time after the second one. */
  readonly ignored: Promise<Ended>;
  dispose(): void;
}

/** Passes SIGINT and SIGTERM on. */
function passSignals(child: ChildProcess): Signals {
  let passed: number | null = null;
  let giveUp = (_: Ended): void => {};
  const ignored = new Promise<Ended>((resolve) => {
    giveUp = resolve;
  });
  const pass = (name: keyof typeof exitCodes) => {
    const exitCode = exitCodes[name];
    if (passed !== null) setTimeout(giveUp, graceMs, wordless(exitCode)).unref();
    passed = exitCode;
    tell(child, { type: 'end', exitCode });
  };
  for (const name of names) process.on(name, pass);
  return {
    get passed() {
      return passed;
    },
    ignored,
    dispose: () => {
      // The second one may come when the child has left already.
      if (passed !== null) endBySignals();
      for (const name of names) process.off(name, pass);
    },
  };
}

/**
 * Ends the program with the exit code of whatever signal comes from now on. Node would give up its signal handlers some
 * milliseconds before it is gone, and a signal in between would end it without one, so it is told to exit.
 */
function endBySignals(): void {
  for (const name of names) process.on(name, () => process.exit(exitCodes[name]));
  process.once('beforeExit', (exitCode) => process.exit(exitCode));
}

/** Ends the child and waits a little for it to be gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await Promise.race([gone, sleep(graceMs, undefined, { ref: false })]);
  if (child.connected) child.disconnect();
  child.unref();
}
