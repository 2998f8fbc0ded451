import { expect, test } from 'vitest';
import { type FileHistory, filesText } from '../../src/report/filesText.ts';
import { type Status, statusText } from '../../src/report/statusText.ts';
import { files, rows, summaryOf } from './samples.ts';

const page = { width: 80, color: false };

const status: Status = {
  db: { path: '/srv/plant.db', bytes: 12_345_678 },
  tables: [
    { name: 'lots', rows: 1200, bytes: 120_000 },
    { name: 'voids', rows: 1_200_000, bytes: null },
  ],
  sources: [
    {
      name: 'xray',
      root: '/mnt/xray',
      files: { loaded: 1200, failed: 1 },
      lastCompleteScan: '2026-11-21T02:00:01.000Z',
    },
    { name: 'media\n', root: '/mnt/media', files: { loaded: 2 }, lastCompleteScan: null },
  ],
  lastRuns: [
    {
      state: 'running',
      runId: 8,
      startedAt: '2026-11-21T02:00:01.000Z',
      finishedAt: null,
      exitCode: null,
      summary: null,
    },
    {
      state: 'finished',
      runId: 7,
      startedAt: '2026-11-20T02:00:01.000Z',
      finishedAt: '2026-11-20T02:00:13.400Z',
      exitCode: 3,
      summary: summaryOf({
        files: files({ seen: 20_002, loaded: 1202, unchanged: 18_798, failed: 2 }),
        rows: rows({ inserted: 120_190 }),
      }),
    },
  ],
};

test('the status shows database, tables, sources and runs', () => {
  expect(statusText(status, page)).toBe(
    `
/srv/plant.db  12.3 MB

table       rows      size
lots       1,200  120.0 KB  ████████████████
voids  1,200,000         -

source   loaded  failed  complete scan (UTC)  root
xray      1,200       1  2026-11-21 02:00:01  /mnt/xray
media\\n       2       0                    -  /mnt/media

run        started (UTC)     took  exit    seen  loaded  failed  rows in
  8  2026-11-21 02:00:01  running     -       -       -       -        -
  7  2026-11-20 02:00:01   12.4 s     3  20,002   1,202       2  120,190`.trimStart(),
  );
});

test('a source that the last run set aside says so', () => {
  const [source, ...others] = status.sources;
  const text = statusText(
    { ...status, sources: [...(source ? [{ ...source, state: 'unreachable' as const }] : []), ...others] },
    page,
  );
  expect(text).toMatch(/^xray +unreachable +1,200 /m);
  expect(text).toMatch(/^media\\n +- +2 /m);
});

test('an empty database is one line', () => {
  const empty = { db: { path: 'plant.db', bytes: 0 }, tables: [], sources: [], lastRuns: [] };
  expect(statusText(empty, page)).toBe('plant.db  0 B');
});

const loaded: FileHistory = {
  source: 'xray',
  path: '2026-11-01/a_lot.csv',
  status: 'loaded',
  reason: 'changed',
  size: 12_345,
  mtimeNs: 1_763_690_401_000_000_000n,
  table: 'lots',
  rows: 1000,
  deduplicated: 20,
  rejected: 3,
  duplicateOf: null,
  error: null,
  attempts: 0,
  firstSeenAt: '2026-11-20T02:00:01.000Z',
  loadedAt: '2026-11-21T02:00:01.000Z',
  runId: 7,
};
const failed: FileHistory = {
  ...loaded,
  path: 'evil\u001b[2J\n.csv',
  status: 'failed',
  reason: null,
  table: null,
  rows: 0,
  error: {
    code: 'csv_syntax',
    message: 'line 3: a quote that opens at column 7 never closes before the file ends',
  },
  attempts: 3,
  loadedAt: null,
};

test('many files are a line each', () => {
  expect(filesText([loaded, failed], { ...page, detail: false })).toBe(
    `
status   rows  rejected  table         loaded (UTC)  file
loaded  1,000         3  lots   2026-11-21 02:00:01  xray/2026-11-01/a_lot.csv
failed      0         3  -                        -  xray/evil\\x1b[2J\\n.csv`.trimStart(),
  );
});

test('a file in detail leaves out what does not apply to it', () => {
  expect(filesText([loaded, failed], { ...page, detail: true })).toBe(
    `
xray/2026-11-01/a_lot.csv
  status        loaded (changed)
  rows          1,000, 20 already there, 3 rejected -> lots
  size          12.3 KB (12,345 bytes)
  modified      2025-11-21 02:00:01 UTC
  first seen    2026-11-20 02:00:01 UTC
  loaded        2026-11-21 02:00:01 UTC
  run           7

xray/evil\\x1b[2J\\n.csv
  status        failed
  error         csv_syntax: line 3: a quote that opens at column 7 never closes
                before the file ends
  attempts      3
  size          12.3 KB (12,345 bytes)
  modified      2025-11-21 02:00:01 UTC
  first seen    2026-11-20 02:00:01 UTC
  run           7`.trimStart(),
  );
});

test('an empty ledger says so', () => {
  expect(filesText([], { ...page, detail: true })).toBe('no file yet');
});

test('the cache stands below the runs, unless there is nothing in it', () => {
  const stats = {
    entries: 1200,
    segments: 3,
    bytes: 20_000_000,
    hits: 10,
    misses: 90,
    lastHits: 9,
    lastMisses: 1,
    bytesSaved: 5_000_000,
    secondsSaved: 12,
    evictions: 0,
    oldest: null,
    newest: null,
    ages: [],
  };
  const cache = { path: '/srv/plant.db.cache', maxBytes: 2 * 1024 ** 3, stats };
  expect(
    statusText({ ...status, cache }, page)
      .split('\n\n')
      .at(-1),
  ).toBe(
    'parse cache\n' +
      '1,200 files kept, 20.0 MB of 2.1 GB; last run 90% hits: 9 of 10 files; saved 5.0 MB of reading, 12.0 s of parsing',
  );
  const empty = { ...cache, stats: { ...stats, entries: 0 } };
  expect(statusText({ ...status, cache: empty }, page)).toBe(statusText(status, page));
});
