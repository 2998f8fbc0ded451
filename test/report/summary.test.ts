import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileEvent, Summary } from '../../src/domain/event.ts';
import { summaryText } from '../../src/report/summary.ts';
import { isTroubled, type RejectGroup } from '../../src/report/trouble.ts';
import { displayWidth } from '../../src/report/width.ts';
import {
  anyFileEvent,
  anyRejectGroup,
  anySummary,
  fileEvent,
  files,
  rejectGroup,
  rows,
  summaryOf,
} from './samples.ts';

const page = {
  width: 80,
  color: false,
  db: 'plant.db',
  threads: 2,
  troubled: [] as FileEvent[],
  rejects: [] as RejectGroup[],
};

const broken = (path: string): FileEvent =>
  fileEvent({
    path,
    outcome: 'failed',
    error: { code: 'csv_syntax', message: 'line 3: a quote never closes', hint: 'mend the quote' },
  });

const busy: Summary = summaryOf({
  exitCode: 3,
  files: files({ seen: 20_004, loaded: 1202, unchanged: 18_797, failed: 5 }),
  rows: rows({ parsed: 120_200, inserted: 120_190, deduplicated: 5, rejected: 5 }),
  skipped: 18,
  bytesRead: 24_012_300,
  stages: { scan: 0.2, read: 3.8, parse: 17.2, write: 4.3 },
  sources: [
    {
      name: 'xray',
      state: 'healthy',
      files: files({ seen: 20_002, loaded: 1200, unchanged: 18_797, failed: 5 }),
      rows: rows({ parsed: 120_000, inserted: 119_990, deduplicated: 5, rejected: 5 }),
    },
    {
      name: 'media',
      state: 'healthy',
      files: files({ seen: 2, loaded: 2 }),
      rows: rows({ parsed: 200, inserted: 200 }),
    },
  ],
  warnings: [{ code: 'renamed_columns', message: 'a_lot.csv: column "a" appears twice', hint: 'see a_2' }],
});

test('a run that did something tells counts, rates, times, troubles and what to do', () => {
  const troubled = ['b.csv', 'c.csv', 'd.csv', 'e.csv', 'f.csv'].map(broken);
  const rejects = [rejectGroup('no_key', 1, { line: null }), rejectGroup('ragged', 4)];
  expect(summaryText(busy, { ...page, troubled, rejects })).toBe(
    `
run 7 -> plant.db: partly done (exit code 3), 12.4 s

files    seen  loaded  unchanged  failed
xray   20,002   1,200     18,797       5
media       2       2          0       0
all    20,004   1,202     18,797       5

rows    parsed  inserted  deduplicated  rejected
xray   120,000   119,990             5         5
media      200       200             0         0
all    120,200   120,190             5         5

24.0 MB read: 97 files/s, 9,694 rows/s, 1.9 MB/s
18 files left out by --since or --until

where the time went
  scan    0.2 s   1%
  read    3.8 s  15%  █████
  parse  17.2 s  67%  ██████████████████████
  write   4.3 s  17%  █████
  Parsing held the run back (busy: 2 parser threads 85%, the writer 35%); more
  --workers help while cores are free.

what went wrong
  csv_syntax: 5 files failed
    xray/b.csv
      line 3: a quote never closes
    xray/c.csv
      line 3: a quote never closes
    xray/d.csv
      line 3: a quote never closes
    and 2 more
    to do: mend the quote
  rejects: 5 records could not be stored
    ragged: 4 records, the first in
      xray/a_lot.csv:3
      3 fields, but the header has 2.
    no_key: 1 record, in
      xray/a_lot.csv
      3 fields, but the header has 2.
    to do: ingest rejects shows them; mend the file and run again

warnings
  a_lot.csv: column "a" appears twice
    to do: see a_2`.trimStart(),
  );
});

test('a run in which nothing changed is two lines', () => {
  const summary = summaryOf({ seconds: 0.4, files: files({ seen: 20_000, unchanged: 20_000 }) });
  expect(summaryText(summary, page)).toBe(
    'all 20,000 files unchanged, 0 bytes read, 0.4 s\nrun 7 -> plant.db: done',
  );
});

test('a single unchanged file is not "all"', () => {
  const summary = summaryOf({ seconds: 0.4, files: files({ seen: 1, unchanged: 1 }) });
  expect(summaryText(summary, page)).toMatch(/^1 file unchanged, /);
});

test('a run that left all files out by time is two lines', () => {
  const summary = summaryOf({ seconds: 0.4, skipped: 3 });
  expect(summaryText(summary, page)).toBe(
    'no files seen, 3 files left out by --since or --until, 0 bytes read, 0.4 s\nrun 7 -> plant.db: done',
  );
});

test('one source needs no line of totals, and a first run says done', () => {
  const counts = { files: files({ seen: 1, loaded: 1 }), rows: rows({ parsed: 2, inserted: 2 }) };
  const summary = summaryOf({
    runId: null,
    ...counts,
    sources: [{ name: 'lots', state: 'healthy', ...counts }],
  });
  expect(summaryText(summary, page)).toBe(
    `
dry run -> plant.db: done, 12.4 s

files  seen  loaded
lots      1       1

rows  parsed  inserted
lots       2         2`.trimStart(),
  );
});

test('a source that is down is named with what to do', () => {
  const source = { name: 'xray', state: 'unreachable' as const, files: files({}), rows: rows({}) };
  const warning = {
    code: 'source_unreachable',
    message: 'Source xray: it does not exist.',
    hint: 'Mount it.',
  };
  const text = summaryText(summaryOf({ exitCode: 4, sources: [source], warnings: [warning] }), page);
  expect(text).toContain('run 7 -> plant.db: a source was left out (exit code 4)');
  expect(text).toContain('what went wrong\n  Source xray: it does not exist.\n    to do: Mount it.');
  expect(text).not.toContain('warnings');
});

test.each([
  ['Parsing', { scan: 1, read: 2, parse: 17, write: 4 }],
  ['Reading', { scan: 1, read: 17, parse: 2, write: 4 }],
  ['Writing', { scan: 1, read: 2, parse: 3, write: 9 }],
  ['Scanning', { scan: 9, read: 2, parse: 3, write: 1 }],
  ['No stage', { scan: 1, read: 2, parse: 3, write: 2 }],
])('%s held the run back', (stage, stages) => {
  const summary = summaryOf({ seconds: 10, bytesRead: 1, files: files({ seen: 1, loaded: 1 }), stages });
  expect(summaryText(summary, page)).toContain(`  ${stage} held the run back`);
});

test('parsing in-line counts as one thread', () => {
  const stages = { scan: 0, read: 1, parse: 5, write: 2 };
  const summary = summaryOf({ seconds: 10, bytesRead: 1, files: files({ seen: 1, loaded: 1 }), stages });
  expect(summaryText(summary, { ...page, threads: 0 })).toContain('parsing in-line 60%');
});

test('columns that do not fit beside each other stand below each other', () => {
  const many = files({
    seen: 9e9,
    loaded: 1e9,
    unchanged: 1e9,
    touched: 1e9,
    duplicate: 1e9,
    renamed: 1e9,
    deferred: 1e9,
    held: 1e9,
    failed: 1e9,
    vanished: 1e9,
  });
  const lines = summaryText(summaryOf({ files: many, exitCode: 3 }), page).split('\n');
  expect(lines.filter((line) => line.startsWith('files '))).toHaveLength(2);
});

test('only failed, held and deferred files are troubled', () => {
  const troubled = (['loaded', 'unchanged', 'deferred', 'held', 'failed', 'vanished'] as const).filter(
    (outcome) => isTroubled(fileEvent({ outcome })),
  );
  expect(troubled).toEqual(['deferred', 'held', 'failed']);
});

test('colour changes nothing but the escape sequences around words', () => {
  const plain = summaryText(busy, page);
  const colored = summaryText(busy, { ...page, color: true });
  expect(colored).not.toBe(plain);
  expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
});

test('whatever the run was, no line is too wide, ends in a space or drives the terminal', () => {
  fc.assert(
    fc.property(
      anySummary,
      fc.array(anyFileEvent, { maxLength: 8 }).map((events) => events.filter(isTroubled)),
      fc.array(anyRejectGroup, { maxLength: 5 }),
      fc.integer({ min: 40, max: 200 }),
      fc.nat(64),
      fc.string({ unit: 'binary' }),
      (summary, troubled, rejects, width, threads, db) => {
        const text = summaryText(summary, { width, color: false, threads, troubled, rejects, db });
        for (const line of text.split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(Math.min(80, width));
          expect(line).not.toMatch(/\s$/);
          expect(line).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
        }
      },
    ),
    { numRuns: 300 },
  );
});
