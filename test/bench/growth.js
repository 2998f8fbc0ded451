import { join } from 'node:path';
import { median } from './contest.js';
import { measured } from './measure.js';
import { ingest, rowsIn, withoutDatabase } from './ours.js';
import { atLeast, atMost } from './report.js';
import { steps } from './workloads.js';

const rowsInStep = 2_000_000;
const stepCount = 10;
/** The last steps are taken together, since the lookup table is not filled in each to the same extent. */
const lastSteps = 3;

/**
 * (iv) A table that grows to 20 million rows by runs of 2 million: how the pace of the last compares with that of the
 * first, all that is written included. Half of the records of the second table repeat older ones.
 */
export async function growth(context) {
  const rows = [];
  const marks = [];
  for (const repeats of [false, true]) {
    const folders = steps(
      context.data,
      stepCount,
      Math.max(1, (rowsInStep / 10_000) * context.scale),
      repeats,
    );
    const rounds = [];
    for (let round = 0; round < context.rounds; round++) rounds.push(await grown(folders, context));
    const what = repeats ? 'half repeats' : 'all new';
    rows.push(
      ...folders.map((_, step) =>
        stepRow(
          what,
          step,
          rounds.map((costs) => costs[step]),
        ),
      ),
    );
    marks.push(
      atLeast(`${what}: pace of the last : pace of the first`, median(rounds.map(paceKept)), 0.8),
      atMost(`${what}: bytes of memory for each row`, median(rounds.map(bytesPerRow)), 4),
    );
  }
  return { title: '(iv) growth', rows, marks };
}

/** What each step took, one after the other into one database. */
async function grown(folders, { work, note }) {
  const db = withoutDatabase(join(work, 'growth.db'));
  const costs = [];
  let wanted = 0;
  for (const { folder, rows, files } of folders) {
    const cost = await measured(ingest(folder, db, ['--no-cache']));
    wanted += rows;
    if (rowsIn(db) !== wanted) throw new Error(`${rowsIn(db)} rows instead of ${wanted}`);
    note(`${wanted.toLocaleString('en')} rows: ${cost.seconds.toFixed(2)} s`);
    costs.push({ ...cost, records: files * 10_000, total: wanted });
  }
  withoutDatabase(db);
  return costs;
}

function stepRow(what, step, costs) {
  const [seconds, cpu, memory] = ['seconds', 'cpu', 'memory'].map((of) =>
    median(costs.map((cost) => cost[of])),
  );
  const { records, total } = costs[0];
  return {
    '': `${what}, step ${step + 1}`,
    'rows then': total,
    seconds,
    'CPU s': cpu,
    'records/s': records / seconds,
    MB: memory / 1e6,
  };
}

function paceKept(costs) {
  const last = costs.slice(-lastSteps);
  return costs[0].seconds / (last.reduce((sum, { seconds }) => sum + seconds, 0) / last.length);
}

function bytesPerRow(costs) {
  const [first, last] = [costs[0], costs.at(-1)];
  return (last.memory - first.memory) / (last.total - first.total);
}
