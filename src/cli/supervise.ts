import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExitCode } from '../domain/errors.js';
import type { Done, Order, RunRequest } from './request.js';

const childModule = fileURLToPath(new URL('./child.js', import.meta.url));
const exitCodes = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;
/** Milliseconds that a child gets to leave after the second signal, and to be gone after it was ended. */
const graceMs = 1_000;

/** How a child ended: with its last word, or without one. */
export interface Ended extends Done {
  /** What killed it, or null. */
  readonly signal: NodeJS.Signals | null;
}

/**
 * Has a child process do the work. Signals are passed on. The child says when it is done and is ended then, for a call
 * that hangs would keep it; if even that does not help it is left behind, its database closed.
 */
export async function supervise(request: RunRequest, poolSize: number): Promise<Ended> {
  const child = fork(childModule, [], {
    env: { UV_THREADPOOL_SIZE: String(poolSize), ...process.env },
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const signals = passSignals(child);
  try {
    tell(child, { type: 'run', request });
    return await Promise.race([reported(child), died(child), signals.ignored]);
  } finally {
    await end(child);
    signals.dispose();
  }
}

function tell(child: ChildProcess, order: Order): void {
  // A child that is gone needs no telling.
  child.send(order, () => {});
}

async function reported(child: ChildProcess): Promise<Ended> {
  const [done] = (await once(child, 'message')) as [Done];
  return { ...done, signal: null };
}

/** A child that ends without a word: by a signal, or with an exit code. */
async function died(child: ChildProcess): Promise<Ended> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { exitCode: code ?? ExitCode.fatal, summary: null, signal };
}

/** Passes SIGINT and SIGTERM on; `ignored` resolves when a child has not left in time after the second one. */
function passSignals(child: ChildProcess): { readonly ignored: Promise<Ended>; dispose(): void } {
  let count = 0;
  let giveUp = (_: Ended): void => {};
  const ignored = new Promise<Ended>((resolve) => {
    giveUp = resolve;
  });
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      count += 1;
      tell(child, { type: 'end', exitCode: exitCodes[name] });
      if (count > 1)
        setTimeout(giveUp, graceMs, { exitCode: exitCodes[name], summary: null, signal: null }).unref();
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return { ignored, dispose: () => listeners.forEach((remove) => void remove()) };
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
