/**
 * Measures `ingest` beside the programs that one would take instead: `npm run bench -- [names] [options]`. What it
 * loads is made once and kept in the folder `--data`; standard output has the tables, standard error how far it is.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { load } from './contest.js';
import { many, one } from './load.js';
import { markdown } from './report.js';
import { scale } from './scale.js';

/** By name: what it measures, and whether it runs unless asked for. */
const benches = {
  many: { about: '(i) 20,000 files of 100 rows', run: many, asked: false },
  one: { about: '(ii) one CSV of 500 MB', run: one, asked: false },
  scale: { about: 'rows/s by parser threads, and of each stage alone', run: scale, asked: true },
};

const usage = `npm run bench -- [options] [name…]

${Object.entries(benches)
  .map(([name, { about, asked }]) => `  ${name.padEnd(14)}${about}${asked ? ' (only when named)' : ''}`)
  .join('\n')}

  --data <dir>  where the files to load are made and kept (${join(tmpdir(), 'share-ingest-bench')})
  --scale <x>   so many times the files and bytes (1)
  --rounds <n>  how often each takes its turn (3)
  --json        the results as JSON
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: join(tmpdir(), 'share-ingest-bench') },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** The benches to run; throws for a name that is none. */
function chosen() {
  const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
  if (unknown !== undefined) throw new Error(`There is no bench "${unknown}".\n\n${usage}`);
  const names = Object.keys(benches).filter((name) => !benches[name].asked);
  return positionals.length > 0 ? positionals : names;
}

async function run(names) {
  const data = resolve(values.data);
  const work = join(data, `work-${process.pid}`);
  const context = {
    data,
    work,
    scale: Number(values.scale),
    rounds: Number(values.rounds),
    note: (text) => process.stderr.write(`${text}\n`),
  };
  const reports = [];
  for (const name of names) {
    mkdirSync(work, { recursive: true });
    try {
      const report = await benches[name].run(context);
      reports.push({ name, ...report });
      if (!values.json) console.log(`${markdown(report)}\n`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return reports;
}

/** On what and when it was measured. */
function conditions() {
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`,
    node: process.version,
    load: load(),
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
  };
}

if (values.help) {
  console.log(usage);
} else {
  const names = chosen();
  const where = conditions();
  if (!values.json) console.log(`${Object.values(where).join(' · ')}\n`);
  const results = await run(names);
  if (values.json) console.log(JSON.stringify({ ...where, results }));
}
