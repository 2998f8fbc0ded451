import { availableParallelism } from 'node:os';

/** Threads beyond this number wait for the one writer. */
const mostWorkers = 8;

/** Parser threads of a run: as many as are set, else one for each core, up to 8. */
export function workersInForce(workers: number | null): number {
  return workers ?? Math.min(availableParallelism(), mostWorkers);
}

/** Files in flight unless set, by the kind of file system. */
export const defaultConcurrency = { local: 4, network: 16 } as const;

/** Status requests in flight for each file that may be: they carry next to nothing and wait for the answer alone. */
const statusesPerFile = 4;

/**
 * Status requests in flight over a network, at first and at most; `concurrency`: files in flight, null unless set.
 */
export function statusesInFlight(concurrency: number | null): { first: number; most: number } {
  const first = concurrency ?? defaultConcurrency.network;
  return { first, most: statusesPerFile * first };
}
