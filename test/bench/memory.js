import { join } from 'node:path';
import { contest, median } from './contest.js';
import { ingest, rowsIn, withoutDatabase } from './ours.js';
import { atMost } from './report.js';
import { oneFile } from './workloads.js';

const sizes = [500e6, 5e9];

/** (v) The memory of a file ten times as large. */
export async function memory(context) {
  const held = [];
  const rows = [];
  for (const size of sizes) {
    const workload = oneFile(context.data, size * context.scale);
    const one = load(context.work, workload);
    const costs = (await contest([one], workload, context)).get(one.name) ?? [];
    const [seconds, most] = ['seconds', 'memory'].map((of) => median(costs.map((cost) => cost[of])));
    held.push(most);
    rows.push({ '': one.name, seconds, 'rows/s': workload.rows / seconds, MB: most / 1e6 });
  }
  const [small = 0, large = 0] = held;
  const marks = [atMost('memory of the larger : memory of the smaller', large / small, 1.1)];
  return { title: '(v) memory by size of file', rows, marks };
}

function load(work, { folder, bytes }) {
  const db = join(work, 'memory.db');
  return {
    name: `${Math.round(bytes / 1e6).toLocaleString('en')} MB`,
    without: '',
    prepare: () => withoutDatabase(db),
    command: ingest(folder, db),
    rows: () => rowsIn(db),
    after: () => withoutDatabase(db),
  };
}
