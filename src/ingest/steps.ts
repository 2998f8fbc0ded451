import type { Steps } from '../store/table.js';

/** Runs steps to their end, hearing signals in between. Throws when the run is to stop. */
export async function breathing<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
