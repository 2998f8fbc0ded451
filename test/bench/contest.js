import { loadavg } from 'node:os';
import { measured } from './measure.js';

/**
 * Who takes part. `without` says what of the work of `ingest` it leaves out; `rows` what it loaded, which must be all.
 * @typedef {{ name: string, without: string, prepare: () => unknown, command: object,
 *   rows: (cost: import('./measure.js').Cost) => number, after: () => unknown }} Contestant
 */

/**
 * Lets all run one after the other in each round, in turns from the front and from the back, so that none has the
 * better moment. Throws when one does not load `rows` rows.
 * @param {Contestant[]} contestants
 * @returns {Promise<Map<string, import('./measure.js').Cost[]>>} By name what each round took.
 */
export async function contest(contestants, rows, { rounds, note }) {
  const costs = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const cost = await turnOf(one, rows);
      costs.get(one.name)?.push(cost);
      note(`round ${round + 1} of ${rounds}, load ${load()}: ${one.name} ${cost.seconds.toFixed(2)} s`);
    }
  }
  return costs;
}

async function turnOf({ name, prepare, command, rows, after }, wanted) {
  await prepare();
  const cost = await measured(command);
  const found = rows(cost);
  if (found !== wanted) throw new Error(`${name} loaded ${found} rows of ${wanted}`);
  await after();
  return cost;
}

/** Processes that wanted a processor over the last minute, on average. */
export function load() {
  return loadavg()[0]?.toFixed(1);
}

/** The middle of some numbers; NaN of none. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How much faster `one` is than `other`: the median over the rounds, each compared within itself. NaN if one is not there. */
export function timesFaster(costs, one, other) {
  const theirs = costs.get(other) ?? [];
  return median(
    (costs.get(one) ?? []).flatMap(({ seconds }, round) =>
      theirs[round] ? [theirs[round].seconds / seconds] : [],
    ),
  );
}
