import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { IngestError } from '../domain/errors.js';
import type { System } from '../share/system.js';
import type { Parcel, ParcelResult } from './job.js';
import { unpacked } from './packed.js';
import type { WorkerAnswer, WorkerOrder } from './worker.js';

/** Parser threads. The caller bounds how many parcels are in flight. */
export interface Pool {
  readonly threads: number;
  /**
   * Parses a parcel on the next free thread, or returns null if it is not `wanted` any more when a thread is free.
   * Throws IngestError when the segment could not be written.
   */
  parse(parcel: Parcel, wanted: () => boolean): Promise<ParcelResult | null>;
  /** Ends the threads soon; what they were at, and what waited for them, is rejected. */
  close(): Promise<void>;
}

/** A pool of `threads` threads, started when first needed; with 0 the caller's own thread parses, on `system`. */
export function createPool(threads: number, system: System): Pool {
  if (threads === 0) return inlinePool(system);
  return new ThreadPool(threads);
}

function inlinePool(system: System): Pool {
  const closed = new AbortController();
  const left = rejectedAfter(closed.signal);
  left.catch(() => {});
  return {
    threads: 0,
    parse: async (parcel) => {
      // Only here is it this thread that parses.
      const { parseParcel } = await import('./parcel.js');
      const parsing = parseParcel(parcel, () => closed.signal.aborted, { system });
      return Promise.race([parsing, left]);
    },
    close: async () => closed.abort(),
  };
}

/** Rejects some time after the signal, for what does not heed it: a call that hangs. */
function rejectedAfter(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => setTimeout(() => reject(stopped()), stopTime), { once: true });
  });
}

/** Milliseconds in which a thread stops by itself; ended in the middle of SQLite it may take the process along. */
const stopTime = 3000;
/** Milliseconds that a thread gets to end. One with a call that hangs never does. */
const graceMs = 500;

interface Waiting {
  readonly parcel: Parcel;
  readonly wanted: () => boolean;
  resolve(result: ParcelResult | null): void;
  reject(error: unknown): void;
}

/** What a thread is at: a parcel, or to help one that is. */
type Task = Pick<Waiting, 'reject'> & Partial<Pick<Waiting, 'resolve'>>;

class ThreadPool implements Pool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Task>();
  /** Threads that can use the help of others. */
  readonly #wanting = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  /** Set to 1 when the threads are to stop. */
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));

  constructor(readonly threads: number) {}

  parse(parcel: Parcel, wanted: () => boolean): Promise<ParcelResult | null> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ parcel, wanted, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    for (const waiting of this.#queue.splice(0)) waiting.reject(stopped());
    for (const deadline = Date.now() + stopTime; this.#busy.size > 0 && Date.now() < deadline; )
      await sleep(10);
    for (const worker of [...this.#busy.keys()]) this.#release(worker)?.reject(stopped());
    const ended = Promise.all(this.#workers.map((worker) => worker.terminate()));
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
  }

  #next(): void {
    while (this.#queue[0]?.wanted() === false) this.#queue.shift()?.resolve(null);
    const [borrower] = this.#wanting;
    if (this.#queue.length === 0 && !borrower) return;
    const worker = this.#idle.pop() ?? this.#start();
    if (!worker) return;
    const waiting = this.#queue.shift();
    if (waiting) {
      this.#busy.set(worker, waiting);
      worker.postMessage({ parcel: waiting.parcel } satisfies WorkerOrder);
    } else if (borrower) {
      this.#lend(worker, borrower);
      this.#next();
    }
  }

  /** Has a thread that has nothing else to do help another, until that needs it no longer. */
  #lend(worker: Worker, borrower: Worker): void {
    // Those who want help get it in turn.
    this.#wanting.delete(borrower);
    this.#wanting.add(borrower);
    const { port1, port2 } = new MessageChannel();
    // Without its helper the borrower waits in vain.
    this.#busy.set(worker, { reject: (error) => this.#release(borrower)?.reject(error) });
    worker.postMessage({ help: port1 } satisfies WorkerOrder, [port1]);
    borrower.postMessage({ helper: port2 } satisfies WorkerOrder, [port2]);
  }

  #start(): Worker | undefined {
    if (this.#busy.size >= this.threads) return undefined;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#stop });
    this.#workers.push(worker);
    worker.on('message', (answer: WorkerAnswer) => {
      if ('wantsHelp' in answer) {
        if (answer.wantsHelp) this.#wanting.add(worker);
        else this.#wanting.delete(worker);
      } else {
        this.#finish(worker, answer);
      }
      this.#next();
    });
    worker.on('error', (error) => this.#release(worker)?.reject(error));
    worker.on('exit', () => this.#release(worker)?.reject(stopped()));
    return worker;
  }

  #finish(worker: Worker, answer: Exclude<WorkerAnswer, { wantsHelp: boolean }>): void {
    const task = this.#release(worker);
    this.#idle.push(worker);
    if ('result' in answer) task?.resolve?.(unpacked(answer.result));
    else if ('error' in answer) task?.reject(asError(answer.error));
  }

  /** What a thread was at, which it is at no longer. */
  #release(worker: Worker): Task | undefined {
    const task = this.#busy.get(worker);
    this.#busy.delete(worker);
    return task;
  }
}

function asError(error: Extract<WorkerAnswer, { error: unknown }>['error']): IngestError {
  return new IngestError(error.code, error.message, error.hint);
}

function stopped(): IngestError {
  return new IngestError(
    'internal',
    'A parser thread stopped.',
    'Run again; if it happens twice, report it.',
  );
}
