import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode, IngestError } from '../domain/errors.js';
import type { Done, Order, RunRequest } from './request.js';

const childModule = fileURLToPath(new URL('./child.js', import.meta.url));
const exitCodes = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;
/** Milliseconds that a child gets to leave after the second signal, and to be gone after it was ended. */
const graceMs = 1_000;

/**
 * Has a child process do the work and returns its exit code. Signals are passed on. The child says when it is done and
 * is ended then, for a call that hangs would keep it; if even that does not help it is left behind, its database
 * closed. Throws IngestError when the child ends without a word and was not asked to.
 */
export async function supervise(request: RunRequest, poolSize: number): Promise<number> {
  const child = fork(childModule, [], {
    env: { UV_THREADPOOL_SIZE: String(poolSize), ...process.env },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const signals = passSignals(child);
  try {
    tell(child, { type: 'run', request });
    return await Promise.race([reported(child), died(child, signals), signals.ignored]);
  } finally {
    await end(child);
    signals.dispose();
  }
}

function tell(child: ChildProcess, order: Order): void {
  // A child that is gone needs no telling.
  child.send(order, () => {});
}

async function reported(child: ChildProcess): Promise<number> {
  const [done] = (await once(child, 'message')) as [Done];
  return done.exitCode;
}

/** A child that ends without a word, which is in order only after a signal. */
async function died(child: ChildProcess, signals: PassedSignals): Promise<number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signals.last !== null) return exitCodes[signals.last];
  // A signal for the whole process group may reach the child before it listens.
  if (signal === 'SIGINT' || signal === 'SIGTERM') return exitCodes[signal];
  throw new IngestError(
    'internal',
    `The process that did the work was ended by ${signal ?? `exit code ${code}`}.`,
    'Look whether the machine ran out of memory, and run again: what is in the database is whole.',
  );
}

interface PassedSignals {
  readonly last: keyof typeof exitCodes | null;
  /** Resolves when a child has not left in time after the second signal. */
  readonly ignored: Promise<number>;
  dispose(): void;
}

/** Passes SIGINT and SIGTERM on. */
function passSignals(child: ChildProcess): PassedSignals {
  let count = 0;
  let last: PassedSignals['last'] = null;
  let giveUp = (_: number): void => {};
  const ignored = new Promise<number>((resolve) => {
    giveUp = resolve;
  });
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      count += 1;
      last = name;
      tell(child, { type: 'end', exitCode: exitCodes[name] });
      if (count > 1) setTimeout(giveUp, graceMs, exitCodes[name]).unref();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    get last() {
      return last;
    },
    ignored,
    dispose: () => listeners.forEach((remove) => void remove()),
  };
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
