import { contest, median, timesFaster } from './contest.js';
import { measured } from './measure.js';
import { ours } from './ours.js';
import { peers } from './peers.js';
import { atLeast, atMost } from './report.js';
import { parsingOfFiles } from './scale.js';
import { manyFiles, oneFile } from './workloads.js';

/** What must be so much faster than what. */
const marksOfMany = [
  ['ingest', 'sqlite3 .import', 1.3],
  ['ingest --no-cache', 'sqlite3 .import', 1.5],
  ['ingest', 'DuckDB', 7],
  ['ingest, csv-parse', 'sqlite3 .import', 0.6],
  ['ingest, rebuild from the cache', 'sqlite3 .import', 1.7],
];
const marksOfOne = [
  ['ingest', 'sqlite3 .import', 1.5],
  ['ingest, csv-parse', 'sqlite3 .import', 0.6],
];

/** What a cold run with the cache may cost of one without. */
const mostOfCache = 1.1;

/** The day's 20,000 small files. */
export async function many(context) {
  const workload = manyFiles(context.data, 20_000 * context.scale, 100);
  const report = await loads('(i) many small files', workload, marksOfMany, context);
  return { ...report, remarks: [await parsingOfFiles(context.work, workload)] };
}

/** One file of 500 MB. */
export async function one(context) {
  return loads('(ii) one large file', oneFile(context.data, 500e6 * context.scale), marksOfOne, context);
}

/** @returns {Promise<import('./report.js').Report>} */
async function loads(name, workload, marks, context) {
  const contestants = [...ours(context.work, workload, measured), ...peers(context, workload)];
  const costs = await contest(contestants, workload, context);
  const { files, rows, bytes } = workload;
  return {
    title: `${name}: ${files.toLocaleString('en')} × ${(rows / files).toLocaleString('en')} rows × 12 columns, ${Math.round(bytes / 1e6)} MB`,
    rows: contestants.map((contestant) => loadRow(contestant, costs, workload)),
    marks: [
      ...marks.map(([mine, theirs, times]) =>
        atLeast(`${mine} : ${theirs}`, timesFaster(costs, mine, theirs), times),
      ),
      atMost(
        'seconds of ingest : --no-cache',
        timesFaster(costs, 'ingest --no-cache', 'ingest'),
        mostOfCache,
      ),
    ],
  };
}

function loadRow({ name, without }, costs, { files, rows }) {
  const mine = costs.get(name) ?? [];
  const seconds = median(mine.map((cost) => cost.seconds));
  return {
    '': name,
    seconds,
    'CPU s': median(mine.map(({ cpu }) => cpu)),
    'rows/s': rows / seconds,
    'files/s': files / seconds,
    MB: median(mine.map(({ memory }) => memory / 1e6)),
    '× sqlite3': timesFaster(costs, name, 'sqlite3 .import'),
    'does not do': without,
  };
}
