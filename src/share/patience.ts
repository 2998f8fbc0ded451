import { failureClass, failureText, HungCall, isFailure, SourceDown } from './failure.js';

/** Failures of one source in a row, each tried several times, after which it is down. */
const rowToDown = 5;
/** Calls of one source without an answer after which it is down. */
const hungToDown = 2;
/** Milliseconds before the first to the last new try. */
const pauses = [500, 1_260, 3_180, 8_000];

/** A circuit breaker: opens when a source fails in a way that says more of the source than of a file. */
export class Breaker {
  #row = 0;
  #hung = 0;
  #why: string | null = null;

  /** Why the source is not to be asked any more, or null. */
  get why(): string | null {
    return this.#why;
  }

  /** Throws SourceDown when the source is not to be asked any more. */
  check(): void {
    if (this.#why !== null) throw new SourceDown(this.#why);
  }

  answered(): void {
    this.#row = 0;
  }

  /** Something failed in spite of new tries. */
  failed(error: unknown): void {
    this.#row += 1;
    if (this.#row >= rowToDown) this.open(`${rowToDown} failures in a row, the last: ${failureText(error)}`);
  }

  hung(error: HungCall): void {
    this.#hung += 1;
    if (this.#hung >= hungToDown) this.open(failureText(error));
  }

  open(why: string): void {
    this.#why ??= why;
  }
}

/** How long and how often to try again. */
export interface Patience {
  readonly breaker: Breaker;
  readonly pause: (ms: number) => Promise<void>;
  /** Told of too many open files: do less at once. */
  readonly crowded: () => void;
}

/**
 * Does `work`, again after a growing, jittered pause when what it throws may pass. Throws SourceDown once the source
 * is down, otherwise what `work` threw last.
 */
export async function patiently<T>(work: () => Promise<T> | T, patience: Patience): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    patience.breaker.check();
    try {
      const value = await work();
      patience.breaker.answered();
      return value;
    } catch (error) {
      await heed(error, attempt, patience);
    }
  }
}

/** Returns after a pause if another try is worth it, throws otherwise. */
async function heed(error: unknown, attempt: number, { breaker, pause, crowded }: Patience): Promise<void> {
  if (error instanceof HungCall) breaker.hung(error);
  if (error instanceof HungCall || !isFailure(error)) throw error;
  const kind = failureClass(error);
  if (kind === 'down') breaker.open(failureText(error));
  breaker.check();
  const again = kind === 'retry' || kind === 'crowded';
  const ms = pauses[attempt];
  if (!again || ms === undefined) {
    if (again) breaker.failed(error);
    else breaker.answered();
    throw error;
  }
  if (kind === 'crowded') crowded();
  await pause(ms * (0.5 + Math.random() / 2));
}
