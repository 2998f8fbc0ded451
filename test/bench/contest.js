import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { measured } from './measure.js';

/**
 * Who takes part. `without` says what of the work of `ingest` it leaves out; `rows` what it loaded, which must be all.
 * @typedef {{ name: string, without: string, prepare: () => unknown, command: object,
 *   rows: (cost: import('./measure.js').Cost) => number, after: () => unknown }} Contestant
 */

/**
 * Lets all run one after the other in each round, in turns from the front and from the back, so that none has the
 * better moment. Throws when one does not load `rows` rows. Before each turn the files in `folder` (null: none) are
 * read, so that nobody finds them colder than another.
 * @param {Contestant[]} contestants
 * @param {{ rows: number, folder: string | null }} workload
 * @returns {Promise<Map<string, import('./measure.js').Cost[]>>} By name what each round took.
 */
export async function contest(contestants, { rows, folder }, { rounds, note }) {
  const costs = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? contestants : contestants.toReversed()) {
      if (folder !== null) warm(folder);
      const cost = await turnOf(one, rows);
      costs.get(one.name)?.push(cost);
      note(`round ${round + 1} of ${rounds}, load ${load()}: ${one.name} ${cost.seconds.toFixed(2)} s`);
    }
  }
  return costs;
}

const buffer = Buffer.alloc(1024 * 1024);

/** Reads all files in a folder, so that the system has them at hand. */
function warm(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) warm(path);
    else readThrough(path);
  }
}

function readThrough(path) {
  const file = openSync(path, 'r');
  while (readSync(file, buffer) > 0);
  closeSync(file);
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
