import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { IngestError } from '../domain/errors.js';
import type { System } from '../share/system.js';
import type { Parcel, ParcelResult } from './job.js';
import { unpacked } from './packed.js';
import { parseParcel } from './parcel.js';
import type { WorkerAnswer } from './worker.js';

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
  return {
    threads: 0,
    parse: async (parcel) => {
      const parsing = parseParcel(parcel, () => closed.signal.aborted, system);
      return Promise.race([parsing, rejectedAfter(closed.signal)]);
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

class ThreadPool implements Pool {
  readonly #workers: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, Waiting>();
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
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? this.#start();
    const waiting = worker && this.#queue.shift();
    if (!worker || !waiting) return;
    this.#busy.set(worker, waiting);
    worker.postMessage(waiting.parcel);
  }

  #start(): Worker | undefined {
    if (this.#busy.size >= this.threads) return undefined;
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: this.#stop });
    this.#workers.push(worker);
    worker.on('message', (answer: WorkerAnswer) => {
      const waiting = this.#release(worker);
      this.#idle.push(worker);
      if ('result' in answer) waiting?.resolve(unpacked(answer.result));
      else waiting?.reject(asError(answer.error));
      this.#next();
    });
    worker.on('error', (error) => this.#release(worker)?.reject(error));
    worker.on('exit', () => this.#release(worker)?.reject(stopped()));
    return worker;
  }

  /** The parcel that a thread was at, which it is at no longer. */
  #release(worker: Worker): Waiting | undefined {
    const waiting = this.#busy.get(worker);
    this.#busy.delete(worker);
    return waiting;
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
