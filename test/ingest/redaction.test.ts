import { readdirSync, readFileSync } from 'node:fs';
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

test('nor in segments and the write-ahead log of a run that is killed', async () => {
  for (const point of ['after-attach', 'before-commit', 'after-commit']) {
    const dir = workdir();
    plant(dir);
    const run = await dir.ingest(['--json', '--log-file', 'run.log'], { INGEST_FAILPOINT: `${point}:1` });
    expect(run.signal ?? run.code).not.toBe(0);
    expect(readdirSync(dir.root)).toContain('ingest.db.tmp');
    expect(tracesIn(dir, run)).toEqual([]);
  }
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
