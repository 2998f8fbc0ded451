import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contest, median } from './contest.js';
import { measured } from './measure.js';
import { ingest, rowsIn, withoutDatabase } from './ours.js';
import { rounded } from './report.js';
import { manyFiles } from './workloads.js';

const parseAlone = fileURLToPath(new URL('./parseAlone.js', import.meta.url));
const threads = [1, 2, 4, 8];

/**
 * What more parser threads bring, and what each stage can do when it has nobody to wait for: on a machine with as many
 * cores, the slower of the two is the pace of the whole.
 * @returns {Promise<import('./report.js').Report>}
 */
export async function scale(context) {
  const workload = manyFiles(context.data, 20_000 * context.scale, 100);
  const together = threads.map((count) => whole(context.work, workload, count));
  const apart = threads.map((count) => parsing(context.work, workload, count));
  const writer = writing(context.work, workload);
  const contestants = [...together, ...apart, writer];
  const costs = await contest(contestants, workload, context);
  return {
    title: `Threads: ${workload.rows.toLocaleString('en')} rows in ${workload.files.toLocaleString('en')} files`,
    rows: contestants.map(({ name }) => stageRow(name, costs.get(name) ?? [], workload)),
    marks: [],
    remarks: [wall(costs, apart[0]?.name, writer.name)],
  };
}

function whole(work, { folder }, count) {
  const db = join(work, 'whole.db');
  return {
    name: `${count} ${count === 1 ? 'thread' : 'threads'}, whole run`,
    without: '',
    prepare: () => withoutDatabase(db),
    command: ingest(folder, db, ['--no-cache', '--workers', String(count)]),
    rows: () => rowsIn(db),
    after: () => withoutDatabase(db),
  };
}

function parsing(work, { folder }, count) {
  return {
    name: `${count} ${count === 1 ? 'thread' : 'threads'}, only parsing`,
    without: 'the committing',
    prepare: () => {},
    command: { program: process.execPath, args: [parseAlone, folder, work, String(count)] },
    rows: ({ stdout }) => JSON.parse(stdout).rows,
    after: () => {},
  };
}

/** Segments that are there already leave the committer alone. */
function writing(work, { folder }) {
  const db = join(work, 'writing.db');
  const kept = join(work, 'scale.cache');
  const command = ingest(folder, db, ['--cache', kept, '--workers', '1']);
  return {
    name: 'only committing (from the cache)',
    without: 'the parsing',
    prepare: async () => {
      if (!existsSync(kept)) await measured(command);
      withoutDatabase(db);
    },
    command,
    rows: () => rowsIn(db),
    after: () => rmSync(db),
  };
}

function stageRow(name, costs, { rows }) {
  const [seconds, cpu] = ['seconds', 'cpu'].map((of) => median(costs.map((cost) => cost[of])));
  return {
    '': name,
    seconds,
    'CPU s': cpu,
    'rows/s': rows / seconds,
    'rows per CPU s': rows / cpu,
    MB: median(costs.map(({ memory }) => memory / 1e6)),
  };
}

/** From how many threads on the one writer sets the pace, by processor seconds, which other programs do not change. */
function wall(costs, parsing, writing) {
  const cpu = (name) => median((costs.get(name) ?? []).map((cost) => cost.cpu));
  return `The writer takes ${rounded(cpu(writing))} s of processor where parsing takes ${rounded(cpu(parsing))} s: it keeps up with ${rounded(cpu(parsing) / cpu(writing))} parser threads, and is the wall from there on (each with its start).`;
}

/** How long a file is parsed: a sentence. */
export async function parsingOfFiles(work, { folder }) {
  const { stdout } = await measured({ program: process.execPath, args: [parseAlone, folder, work, '1'] });
  const sorted = JSON.parse(stdout).files.sort((a, b) => a - b);
  const [half, most] = [0.5, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))] * 1000);
  return `A file is parsed in ${rounded(half)} ms (p50), ${rounded(most)} ms (p95), in a thread of its own; then it waits for its batch.`;
}
