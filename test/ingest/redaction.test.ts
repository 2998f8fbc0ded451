import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Run, type Workdir, workdir } from '../program.ts';

const planted = ['Zwiebelfrau', '555-010-4477'];
const note = `Seen by ${planted.join(', call ')} today`;
const escaped = note.replace('w', '\\u0077');
/** How one number looks where it is cut or written otherwise. */
const traces = [...planted, 'wiebelfrau', '010-4477', 'u0077iebel'];

const config = {
  sources: [
    {
      name: 'clinic',
      root: 'data',
      redact: { notes: ['phone', 'name-list'] },
      nameList: 'names.txt',
      csv: { preamble: 'columns' },
      validate: { age: { max: 150 } },
      tables: [
        { match: 'nested*', table: 'patients', children: { visits: 'visits' } },
        { match: '*.csv', table: 'sheets' },
        { match: 'records/*', table: 'reports', pathColumns: 'records/{notes}.*' },
        { match: '**/*', table: 'others' },
      ],
    },
  ],
};

function plant(dir: Workdir): void {
  dir.write('ingest.config.json', JSON.stringify(config));
  dir.write('names.txt', '\nZwiebelfrau\n');
  const visits = [
    { day: 1, notes: note },
    { day: 2, notes: [note, { deep: note }] },
  ];
  dir.write(
    'data/nested.json',
    JSON.stringify([{ id: 1, notes: note, visits, extra: [1, { notes: note }] }]),
  );
  dir.write(
    'data/nested2.json',
    `[{"id":2,"notes":"${escaped}","visits":[{"notes":{"a":"${note}"}},{"notes":"x"}]}]`,
  );
  const lines = [
    `{"id":1,"notes":"${note}"}`,
    `{"id":2,"notes":"${escaped}`,
    `{"id":3,"age":200,"notes":"${note}"}`,
  ];
  dir.write('data/lines.ndjson', `{"id":0}\n${lines.join('\n')}\n{"id":4}\n`);
  dir.write('data/broken.json', `[{"id":1,"notes":"${note}" "x":1}]`);
  dir.write(
    'data/sheet.csv',
    `notes,"${note}"\nremark: ${note}\n\nid,age,notes\n1,20,"${note}"\n2,200,"${note}"\n3,4,"${note}\n5,6,${note.replace(',', '')},7,8\n`,
  );
}

/** Files of one shape without quotes, which are not all read by the same parser. */
function plantPlain(dir: Workdir): void {
  for (const file of [1, 2, 3]) {
    const lines = Array.from({ length: 200 }, (_, i) => `${file}${i},${planted.join(' ')}`);
    dir.write(`data/plain${file}.csv`, `id,notes\n${lines.join('\n')}\n`);
  }
}

/** The files below a folder and what was said, in which a trace of what was planted stands. */
function tracesIn(dir: Workdir, run: Run): string[] {
  const files = readdirSync(dir.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.startsWith(dir.path('data')) && path !== dir.path('names.txt'));
  const texts = files.map((path): [string, string] => [path, readFileSync(path, 'latin1')]);
  return [...texts, ['stdout', run.stdout] as const, ['stderr', run.stderr] as const]
    .filter(([, text]) => traces.some((trace) => text.includes(trace)))
    .map(([path]) => path);
}

test('what is planted in a redacted column stands in no byte of database, log and output', async () => {
  const dir = workdir();
  plant(dir);
  const run = await dir.ingest(['--json', '-v', '--log-file', 'run.log', '--max-rejects', '100%']);
  expect({ code: run.code, ...run.summary.rows }).toMatchObject({ code: 3, inserted: 6 });
  expect(run.files.map(({ path, outcome }) => `${path} ${outcome}`).sort()).toEqual([
    'broken.json failed',
    'lines.ndjson loaded',
    'nested.json loaded',
    'nested2.json loaded',
    'sheet.csv loaded',
  ]);
  const redactedNote = 'Seen by [NAME], call [PHONE] today';
  expect(dir.rows('SELECT notes, extra FROM patients ORDER BY id')).toEqual([
    { notes: redactedNote, extra: `[1,{"notes":"${redactedNote}"}]` },
    { notes: redactedNote, extra: null },
  ]);
  expect(dir.rows('SELECT DISTINCT raw FROM _ingest_rejects').length).toBeGreaterThan(3);
  expect(tracesIn(dir, run)).toEqual([]);
});

test('nor in the parse cache, nor in what is made of it', async () => {
  const dir = workdir();
  plant(dir);
  plantPlain(dir);
  const first = await dir.ingest(['--json', '--max-rejects', '100%']);
  expect(first.summary.cache.hits).toBe(0);
  const kept = readdirSync(dir.path('ingest.db.cache')).filter((name) => name.endsWith('.segment'));
  const texts = kept.map((name) => readFileSync(dir.path('ingest.db.cache', name), 'latin1'));
  expect(texts.join('').split('[NAME] [PHONE]').length).toBeGreaterThan(600);
  expect(tracesIn(dir, first)).toEqual([]);
  const args = ['--json', '--max-rejects', '100%', '--db', 'again.db', '--cache', 'ingest.db.cache'];
  const again = await dir.ingest(args);
  expect(again.summary.cache.hits).toBe(7);
  expect(again.summary.rows).toEqual(first.summary.rows);
  expect(tracesIn(dir, again)).toEqual([]);
});

test.each(['after-attach', 'before-commit', 'after-commit', 'before-finish'])(
  'nor in segments, write-ahead log and cache of a run that is killed %s',
  async (point) => {
    const dir = workdir();
    plant(dir);
    plantPlain(dir);
    const args = ['--json', '--log-file', 'run.log', '--max-rejects', '100%'];
    const run = await dir.ingest(args, { INGEST_FAILPOINT: `${point}:${point === 'after-commit' ? 4 : 1}` });
    expect(run.signal ?? run.code).not.toBe(0);
    expect(readdirSync(dir.root)).toEqual(expect.arrayContaining(['ingest.db-wal', 'ingest.db.tmp']));
    if (point === 'before-finish') {
      expect(readFileSync(dir.path('ingest.db-wal'), 'latin1')).toContain('[NAME] [PHONE]');
      expect(readdirSync(dir.path('ingest.db.cache')).join(' ')).toContain('.segment');
    }
    expect(tracesIn(dir, run)).toEqual([]);
  },
);

test('nor in the temporary files of a dry run that is killed', async () => {
  const dir = workdir();
  plant(dir);
  plantPlain(dir);
  mkdirSync(dir.path('tmp'));
  const env = { TMPDIR: dir.path('tmp'), INGEST_FAILPOINT: 'after-attach:1' };
  const run = await dir.ingest(['--json', '--dry-run', '--max-rejects', '100%'], env);
  expect(run.signal ?? run.code).not.toBe(0);
  const left = readdirSync(dir.path('tmp'), { recursive: true }).join(' ');
  expect(left).toContain('.segment');
  expect(tracesIn(dir, run)).toEqual([]);
});

test('another list of names loads the files again', async () => {
  const dir = workdir();
  plant(dir);
  await dir.ingest([]);
  dir.write('names.txt', 'Zwiebelfrau\ntoday\n');
  const { summary } = await dir.ingest(['--json', '--max-rejects', '100%']);
  expect(summary.files).toMatchObject({ loaded: 4, failed: 1 });
  expect(dir.rows('SELECT notes FROM patients LIMIT 1')).toEqual([
    { notes: 'Seen by [NAME], call [PHONE] [NAME]' },
  ]);
});
