import { contest, median, timesFaster } from './contest.js';
import { measured } from './measure.js';
import { ours } from './ours.js';
import { atLeast } from './report.js';
import { dirtyFiles } from './workloads.js';

const cold = 'ingest';
const rebuild = 'ingest, rebuild from the cache';

/** Files that csv-parse must read record by record, and what the cache spares of it when a database is made again. */
export async function dirty(context) {
  const workload = dirtyFiles(context.data, 10_000 * context.scale, 100);
  const contestants = ours(context.work, workload, measured).filter(({ name }) =>
    [cold, rebuild].includes(name),
  );
  const costs = await contest(contestants, workload, context);
  return {
    title: `Irregular files: ${workload.files.toLocaleString('en')} × 100 records, 5 % of them rejected`,
    rows: contestants.map(({ name }) => {
      const [seconds, cpu] = ['seconds', 'cpu'].map((of) => median(costs.get(name).map((cost) => cost[of])));
      return { '': name, seconds, 'CPU s': cpu, 'rows/s': workload.rows / seconds };
    }),
    marks: [atLeast(`${rebuild} : ${cold}`, timesFaster(costs, rebuild, cold), 2.5)],
  };
}
