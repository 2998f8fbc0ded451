import { join } from 'node:path';
import { contest, median } from './contest.js';
import { measured } from './measure.js';
import { ingest, rowsIn } from './ours.js';
import { atMost } from './report.js';
import { manyFiles } from './workloads.js';

/** Seconds that may come on top of what the comparison allows: the start of Node and of the program. */
const startSeconds = 0.4;
const mostTimes = 3;
const mostMemory = 300;

/** (iii) A run over 20,000 files of which none is new, beside `find`, which looks at each of them too. */
export async function unchanged(context) {
  const workload = manyFiles(context.data, 20_000 * context.scale, 100);
  const { costs, report } = await again('(iii) nothing is new', workload, context);
  const seconds = (name) => median((costs.get(name) ?? []).map((cost) => cost.seconds));
  const allowed = mostTimes * seconds('find') + startSeconds;
  const mark = atMost('seconds of ingest : 3 × find + 0.4 s', seconds('ingest, nothing new'), allowed);
  return { ...report, marks: [mark] };
}

/** (iii) The same over a million files of one row, for its memory. */
export async function million(context) {
  const workload = manyFiles(context.data, 1_000_000 * context.scale, 1);
  const { costs, report } = await again('(iii) nothing is new in a million', workload, context);
  const held = median((costs.get('ingest, nothing new') ?? []).map(({ memory }) => memory / 1e6));
  return { ...report, marks: [atMost('memory in MB', held, mostMemory)] };
}

async function again(name, workload, context) {
  const { folder, files, rows } = workload;
  const db = join(context.work, 'unchanged.db');
  const command = ingest(folder, db, ['--no-cache']);
  context.note(`loading ${files} files once`);
  const { seconds, memory } = await measured(command);
  context.note(`loaded in ${seconds.toFixed(1)} s, with ${Math.round(memory / 1e6)} MB of memory`);
  const contestants = [
    { name: 'ingest, nothing new', command, rows: () => rowsIn(db) },
    {
      name: 'find',
      command: { program: 'find', args: [folder, '-type', 'f', '-printf', '%s %T@ %p\\n'] },
      rows: ({ stdout }) => (stdout.split('\n').length - 1 === files ? rows : 0),
    },
  ].map((one) => ({ without: '', prepare: () => {}, after: () => {}, ...one }));
  const costs = await contest(contestants, { rows, folder: null }, context);
  const table = contestants.map((one) => lookRow(one.name, costs.get(one.name) ?? [], files));
  const report = { title: `${name}: ${files.toLocaleString('en')} files`, rows: table, marks: [] };
  return { costs, report };
}

function lookRow(name, costs, files) {
  const [seconds, cpu, memory] = ['seconds', 'cpu', 'memory'].map((of) =>
    median(costs.map((cost) => cost[of])),
  );
  return { '': name, seconds, 'CPU s': cpu, 'files/s': files / seconds, MB: memory / 1e6 };
}
