import pLimit, { type LimitFunction } from 'p-limit';

/** Calls that wait for an answer at a time. */
export interface CallsInFlight {
  readonly first: number;
  /** Reached as long as answers come at once. */
  readonly most: number;
}

/** Milliseconds within which an answer comes at once. */
const promptMs = 1000;

/**
 * Bounds calls in flight. One more with each answer that comes at once, for latency alone can be hidden by more of them;
 * a server that takes one call after the other answers later and later, and is to be asked no more than it bears.
 */
export class Flight {
  readonly #limit: LimitFunction;
  #most: number;

  constructor({ first, most }: CallsInFlight) {
    this.#limit = pLimit(first);
    this.#most = most;
  }

  /** Does `work` when its turn comes. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#limit(work);
  }

  /** Takes the time of a call. */
  async timed<T>(call: () => Promise<T>): Promise<T> {
    const asked = performance.now();
    const answer = await call();
    const isPrompt = performance.now() - asked < promptMs;
    if (isPrompt && this.#limit.concurrency < this.#most) this.#limit.concurrency += 1;
    return answer;
  }

  /** There are too many: from now on half as many. */
  halve(): void {
    this.#most = Math.max(1, Math.floor(this.#limit.concurrency / 2));
    this.#limit.concurrency = this.#most;
  }
}
