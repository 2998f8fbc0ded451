/**
 * Measures `ingest` beside the programs that one would take instead: `npm run bench -- [names] [options]`. What it
 * loads is made once and kept in the folder `--data`; standard output has the tables, standard error how far it is.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { load } from './contest.js';
import { dirty } from './dirty.js';
import { growth } from './growth.js';
import { many, one } from './load.js';
import { memory } from './memory.js';
import { json } from './nested.js';
import { markdown } from './report.js';
import { scale } from './scale.js';
import { share } from './share.js';
import { million, unchanged } from './unchanged.js';

/** By name: what it measures, and whether it runs unless asked for. */
const benches = {
  many: { about: '(i) 20,000 files of 100 rows', run: many, asked: false },
  one: { about: '(ii) one CSV of 500 MB', run: one, asked: false },
  unchanged: { about: '(iii) 20,000 files again, nothing new', run: unchanged, asked: false },
  million: { about: '(iii) 1,000,000 files again, 4 GB', run: million, asked: true },
  growth: { about: '(iv) 20 million rows, and half of them repeats', run: growth, asked: true },
  memory: { about: '(v) 5 GB beside 500 MB', run: memory, asked: true },
  dirty: {
    about: '10,000 files that csv-parse must read, and again from the cache',
    run: dirty,
    asked: true,
  },
  json: { about: 'nested JSON, 500,000 patients', run: json, asked: true },
  share: { about: 'a share over SSHFS with round trips of 5 ms', run: share, asked: true },
  scale: { about: 'rows/s by parser threads, and of each stage alone', run: scale, asked: true },
};

const usage = `npm run bench -- [options] [name…]

${Object.entries(benches)
  .map(([name, { about, asked }]) => `  ${name.padEnd(14)}${about}${asked ? ' (only when named)' : ''}`)
  .join('\n')}

  --data <dir>  where the files to load are made and kept (${join(tmpdir(), 'share-ingest-bench')})
  --scale <x>   so many times the files and bytes; marks stand for 1 (1)
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

/** An option that is a number above zero. */
function positive(option) {
  const number = Number(values[option]);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`--${option} takes a number above zero, not "${values[option]}".`);
}

async function run(names) {
  const data = resolve(values.data);
  const work = join(data, `work-${process.pid}`);
  const context = {
    data,
    work,
    scale: positive('scale'),
    rounds: Math.ceil(positive('rounds')),
    note: (text) => process.stderr.write(`${text}\n`),
  };
  const reports = [];
  for (const name of names) {
    sweep(data);
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

/** Removes what interrupted benches have left, and nothing of one that runs. */
function sweep(data) {
  mkdirSync(data, { recursive: true });
  for (const name of readdirSync(data)) {
    const pid = Number(/^work-(\d+)$/.exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) rmSync(join(data, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
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

async function main() {
  const names = chosen();
  const where = conditions();
  if (!values.json) console.log(`${Object.values(where).join(' · ')}\n`);
  const results = await run(names);
  if (values.json) console.log(JSON.stringify({ ...where, results }));
}

if (values.help) console.log(usage);
else {
  await main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
