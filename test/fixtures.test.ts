import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseJson } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { workdir } from './program.ts';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
const vegaDatasets = fileURLToPath(new URL('../node_modules/vega-datasets/data', import.meta.url));
const plants = ['xray', 'media', 'processes', 'lineage', 'clinical'];
const runNode = promisify(execFile);

interface Source {
  name: string;
  root: string;
  nameList?: string;
  tables: { match: string; table: string }[];
}

describe.each(plants)('the plant %s', (plant) => {
  const config = ['--config', `${plant}/ingest.config.json`, '--json'];

  test('loads without a warning and answers its question', async () => {
    const dir = workdir();
    const folder = dir.copy(join(fixtures, plant), plant);
    const { code, summary } = await dir.ingest(config);
    expect({ code, warnings: summary.warnings }).toEqual({ code: 0, warnings: [] });
    expect(summary.files.loaded).toBe(filesIn(join(folder, 'data')).length);
    expect(answer(dir.rows(read(plant, 'question.sql')))).toBe(read(plant, 'answer.txt'));
  });

  test('is all unchanged in a second run, which reads nothing', async () => {
    const dir = workdir();
    dir.copy(join(fixtures, plant), plant);
    await dir.ingest(config);
    const { code, summary } = await dir.ingest(config);
    expect(code).toBe(0);
    expect(summary.files.unchanged).toBe(filesIn(join(fixtures, plant, 'data')).length);
    expect(summary.files.seen).toBe(summary.files.unchanged);
    expect(summary.bytesRead).toBe(0);
  });
});

test('a span of time in the plant processes is found by its index', async () => {
  const dir = workdir();
  dir.copy(join(fixtures, 'processes'), 'processes');
  await dir.ingest(['--config', 'processes/ingest.config.json']);
  const plan = dir.rows<{ detail: string }>(
    `EXPLAIN QUERY PLAN SELECT * FROM samples WHERE timestamp = '2026-03-04T12:00:00Z' AND machine_id = 'oven-03'`,
  );
  expect(plan[0]?.detail).toMatch(/USING INDEX .*\(timestamp=\? AND machine_id=\?\)/);
});

test('an X-ray lot seen by two machines is two inspections, its serials as written', async () => {
  const dir = workdir();
  dir.copy(join(fixtures, 'xray'), 'xray');
  await dir.ingest(['--config', 'xray/ingest.config.json']);
  const lots = dir.rows(
    `SELECT machine, lot, min(board) AS board FROM lots WHERE lot = '00471114' GROUP BY machine, day ORDER BY day`,
  );
  expect(lots).toEqual([
    { machine: 'xr-01', lot: '00471114', board: '10020030047111400001' },
    { machine: 'xr-03', lot: '00471114', board: '10020030047111400001' },
  ]);
});

test('records that two exports repeat are stored once', async () => {
  const dir = workdir();
  for (const plant of ['media', 'clinical']) dir.copy(join(fixtures, plant), plant);
  const media = await dir.ingest(['--config', 'media/ingest.config.json', '--json']);
  const clinical = await dir.ingest(['--config', 'clinical/ingest.config.json', '--json']);
  expect([media.summary.rows.deduplicated, clinical.summary.rows.deduplicated]).toEqual([2, 2]);
});

test('no name, date or number of a patient stands in the notes', async () => {
  const dir = workdir();
  dir.copy(join(fixtures, 'clinical'), 'clinical');
  const { summary } = await dir.ingest(['--config', 'clinical/ingest.config.json', '--json']);
  expect(summary.rows).toMatchObject({ inserted: 48, children: 48 * 2 * 5 });
  const notes = dir.rows<{ notes: string }>('SELECT DISTINCT notes FROM encounters ORDER BY notes');
  expect(notes.map((row) => row.notes)).toEqual([
    'No change since the last visit.',
    'Results to [EMAIL]; [MRN] was mixed up before.',
    '[NAME] [NAME], born [DATE], feels well. Call back at [PHONE].',
    '[NAME], [NAME] came without an appointment; no complaints.',
  ]);
});

test('the combined config holds the sources of the five plants', () => {
  const moved = plants.flatMap((plant) =>
    sourcesOf(plant).map((source) => ({
      ...source,
      root: `${plant}/${source.root}`,
      ...(source.nameList === undefined ? {} : { nameList: `${plant}/${source.nameList}` }),
    })),
  );
  expect(sourcesOf('.')).toEqual(moved);
});

test('the generator writes the committed files, byte for byte', async () => {
  const dir = workdir();
  await runNode(process.execPath, [join(fixtures, 'make.js'), dir.root]);
  for (const plant of plants) {
    expect(contents(dir.path(plant, 'data'))).toEqual(contents(join(fixtures, plant, 'data')));
  }
});

test('the story tells all five answers, succeeds and cleans up', async () => {
  const temp = workdir().root;
  const env = { ...process.env, TMPDIR: temp, TEMP: temp, TMP: temp };
  const { stdout } = await runNode(process.execPath, [join(fixtures, 'story.js')], { env });
  for (const plant of plants) expect(stdout).toContain(`$ sqlite3 plants.db < ${plant}/question.sql`);
  expect(readdirSync(temp)).toEqual([]);
});

describe('the public files', () => {
  const folder = join(fixtures, 'public', 'data');

  test('are those of vega-datasets', () => {
    for (const file of filesIn(folder)) {
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(vegaDatasets, file))), file).toBe(
        true,
      );
    }
  });

  test('load completely: every record, every value that is not empty', async () => {
    const dir = workdir();
    dir.copy(join(fixtures, 'public'), 'public');
    const { code, summary } = await dir.ingest(['--config', 'public/ingest.config.json', '--json']);
    expect({ code, rejected: summary.rows.rejected }).toEqual({ code: 0, rejected: 0 });
    const tables = sourcesOf('public').flatMap((source) => source.tables);
    expect(tables.map(({ match }) => match)).toEqual(filesIn(folder));
    for (const { match, table } of tables) {
      const filled = countFilled(recordsOf(join(folder, match)));
      const counts = Object.keys(filled).map((column) => `count("${column}") AS "${column}"`);
      expect(dir.rows(`SELECT ${counts.join(', ')} FROM "${table}"`), match).toEqual([filled]);
    }
    const records = filesIn(folder).flatMap((file) => recordsOf(join(folder, file)));
    expect(summary.rows.inserted).toBe(records.length);
  });
});

function read(plant: string, file: string): string {
  return readFileSync(join(fixtures, plant, file), 'utf8');
}

/** Rows as the sqlite3 program prints them. */
function answer(rows: Record<string, unknown>[]): string {
  const lines = rows.map((row) => Object.values(row).map((value) => String(value ?? '')));
  return lines.map((cells) => `${cells.join('|')}\n`).join('');
}

function sourcesOf(plant: string): Source[] {
  return (parseJson(read(plant, 'ingest.config.json')) as { sources: Source[] }).sources;
}

/** Paths of all files below a folder, relative to it, in order. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function contents(folder: string): Record<string, string> {
  const read = (file: string) => readFileSync(join(folder, file), 'latin1');
  return Object.fromEntries(filesIn(folder).map((file) => [file, read(file)]));
}

function recordsOf(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.csv') ? parseCsv(text, { columns: true }) : JSON.parse(text);
}

/** How many values of each column are not empty. */
function countFilled(records: Record<string, unknown>[]): Record<string, number> {
  const filled: Record<string, number> = {};
  for (const [column, value] of records.flatMap((record) => Object.entries(record))) {
    filled[column] = (filled[column] ?? 0) + (value === '' || value === null ? 0 : 1);
  }
  return filled;
}
