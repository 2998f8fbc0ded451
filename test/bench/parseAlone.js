// parseAlone.js FOLDER SCRATCH THREADS: parses all files of a folder into segments that nobody commits. Prints, as
// JSON, the rows, the seconds without the start of the program, and the seconds of parsing of each file.
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import pLimit from 'p-limit';
import { resolveSettings } from '../../build/config/settings.js';
import { parcels } from '../../build/ingest/parcels.js';
import { planSources } from '../../build/ingest/plan.js';
import { createPool } from '../../build/parse/pool.js';
import { thisSystem } from '../../build/share/system.js';

const [folder = '', scratch = '', threads = '1'] = process.argv.slice(2);
const { run: settings } = await resolveSettings(
  { db: join(scratch, 'x.db') },
  [folder],
  {},
  folder,
  new Date(),
);
const [source] = await planSources(settings.sources, thisSystem);

const candidates = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => candidateAt(join(entry.parentPath, entry.name)));

const started = performance.now();
const pool = createPool(Number(threads), thisSystem);
const inFlight = pLimit(pool.threads + 1);
const results = await Promise.all(
  parcels(candidates, pool.threads, () => null).map((files, number) => inFlight(() => parsed(files, number))),
);
const seconds = (performance.now() - started) / 1000;
await pool.close();

const files = results.flat();
console.log(
  JSON.stringify({
    seconds,
    rows: sum(files.map(({ part }) => part.stored)),
    files: files.map((file) => file.seconds),
  }),
);

function candidateAt(path) {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return {
    file: { size: Number(size), mtimeNs, absolutePath: path },
    place: source.placeOf(relative(folder, path)),
  };
}

async function parsed(files, number) {
  const segmentPath = join(scratch, `${number}.segment`);
  const parcel = { segmentPath, files: files.map(jobOf), concurrency: 1, cache: null, keep: false };
  const result = await pool.parse(parcel, () => true);
  rmSync(segmentPath);
  return result.files;
}

function jobOf({ file, place }) {
  const { rule, constants, parseKey } = place;
  return {
    ...file,
    source: source.name,
    access: 'local',
    deadlines: source.settings.deadlines,
    known: null,
    kept: null,
    parseKey,
    identity: { dedupe: rule.rule.dedupe, key: rule.rule.key },
    parse: rule.rule.parse,
    batchRows: settings.batchRows,
    constants,
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
