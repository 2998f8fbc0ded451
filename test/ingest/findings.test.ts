import { expect, test } from 'vitest';
import { findingsOf, scoreOf } from '../../src/ingest/findings.ts';
import type { Vitals } from '../../src/ingest/vitals.ts';
import type { RunFacts } from '../../src/store/queries.ts';
import { rows, summaryOf } from '../report/samples.ts';

const now = new Date('2026-11-21T12:00:00Z');
const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs).toISOString();

function runAt(days: number, some: Partial<RunFacts> = {}): RunFacts {
  const inserted = { rows: rows({ parsed: 1000, inserted: 1000 }) };
  const at = { startedAt: daysAgo(days), finishedAt: daysAgo(days) };
  const usage = { cpuSeconds: 1, peakBytes: 1e8 };
  return { runId: 100 - days, ...at, exitCode: 0, summary: summaryOf(inserted), ...usage, ...some };
}

function rejecting(days: number, rejected: number): RunFacts {
  return runAt(days, { summary: summaryOf({ rows: rows({ parsed: 1000, rejected }) }) });
}

/** New files on each of `count` days, the last of them so many days ago. */
function arriving(name: string, last: number, count: number) {
  const all = Array.from({ length: count }, (_, i) => last + count - 1 - i);
  return { name, days: all.map((days) => ({ day: daysAgo(days).slice(0, 10), files: 20_000 })) };
}

const source = {
  name: 'xray',
  onNetwork: false,
  root: '/mnt/xray',
  files: { loaded: 10 },
  lastCompleteScan: daysAgo(0),
  unreachable: null,
  rootSeconds: 0.01,
  aheadSeconds: -5,
};

const healthy: Vitals = {
  db: { path: 'plant.db', bytes: 1e8, walBytes: 0, freeBytes: 1e11 },
  readable: [],
  runs: [0, 1, 2, 3, 4].map((days) => runAt(days)),
  running: false,
  sources: [source],
  tables: [{ name: 'lots', rows: 1e6, bytes: 1e8 }],
  newBySource: [arriving('xray', 0, 14)],
  loadedByTable: [arriving('lots', 1, 14)],
  memoryBytes: 1.6e10,
  mismatched: [],
  now,
};

test('a healthy database has nothing to mend and 100 points', () => {
  expect(findingsOf(healthy)).toEqual([]);
  expect(scoreOf([])).toBe(100);
});

const cases: readonly [string, Partial<Vitals>, string][] = [
  ['content_differs', { mismatched: ['xray/a.csv'] }, '1 file differs from the ledger'],
  ['last_run', { runs: [runAt(0, { exitCode: 4 }), runAt(1)] }, 'exit code 4'],
  ['no_run', { runs: [] }, 'No run has come to its end'],
  ['no_run_lately', { runs: [5, 6, 7, 8].map((days) => runAt(days)) }, 'No run for 5 days'],
  [
    'killed',
    { runs: [runAt(0), runAt(1, { finishedAt: null, exitCode: null, summary: null })] },
    '1 run of the last 2 was killed',
  ],
  ['disk_full_soon', { db: { ...healthy.db, freeBytes: 5e7 } }, 'has 50.0 MB left'],
  ['disk_small', { db: { ...healthy.db, bytes: 1e11, freeBytes: 5e8 } }, 'room for 5 more runs'],
  ['wal_large', { db: { ...healthy.db, walBytes: 1e9 } }, 'has 1.0 GB'],
  ['memory', { memoryBytes: 1.1e8 }, 'took 100.0 MB of the 110.0 MB'],
  ['failed', { sources: [{ ...source, files: { failed: 2 } }] }, '2 files of xray failed'],
  ['held', { sources: [{ ...source, files: { held: 1 } }] }, '1 file of xray shrank and is held'],
  ['unreachable', { sources: [{ ...source, unreachable: 'it does not exist' }] }, 'it does not exist'],
  ['slow_source', { sources: [{ ...source, rootSeconds: 4 }] }, 'took 4.0 s to answer'],
  [
    'gone_quiet',
    { newBySource: [arriving('xray', 3, 14)] },
    'no new file for 3 days where there were 20,000 a day',
  ],
  [
    'stale_table',
    { loadedByTable: [arriving('lots', 4, 14)] },
    'Table lots gets no rows: nothing for 4 days',
  ],
  ['empty_table', { tables: [{ name: 'lots', rows: 0, bytes: 0 }] }, 'Table lots has no rows'],
  [
    'rejects_rising',
    { runs: [rejecting(0, 50), rejecting(1, 2), rejecting(2, 2), rejecting(3, 2)] },
    '50 of 1,000',
  ],
  ['clock_skew', { sources: [{ ...source, aheadSeconds: 300 }] }, 'dated 5 min 0 s ahead'],
  ['readable', { readable: ['plant.db', 'plant.db-wal'] }, 'plant.db and plant.db-wal'],
];

test.each(cases)('%s is found, takes points and names a way out', (code, vitals, what) => {
  const findings = findingsOf({ ...healthy, ...vitals });
  expect(findings.map((finding) => finding.code)).toEqual([code]);
  const [found] = findings;
  expect(found?.what).toContain(what);
  expect(found?.points).toBeGreaterThan(0);
  expect(found?.mend).not.toBe('');
});

test.each<[string, Partial<Vitals>]>([
  ['a run that goes on', { running: true, runs: [runAt(0, { finishedAt: null, exitCode: null }), runAt(1)] }],
  ['a source that was never busy', { newBySource: [arriving('xray', 9, 3)] }],
  ['a weekend', { newBySource: [arriving('xray', 2, 14)] }],
  ['a few rejects', { runs: [rejecting(0, 9), rejecting(1, 1), rejecting(2, 1), rejecting(3, 1)] }],
  ['a run a week, a week ago', { runs: [6, 13, 20].map((days) => runAt(days)) }],
])('%s is nothing to mend', (_, vitals) => {
  expect(findingsOf({ ...healthy, ...vitals })).toEqual([]);
});

test('the worst comes first, and no score is below 0', () => {
  const db = { ...healthy.db, freeBytes: 0 };
  const runs = [runAt(0, { exitCode: 1 })];
  const broken = Array(3).fill({ ...source, unreachable: 'it does not exist' });
  const worst = { ...healthy, db, runs, sources: broken, readable: ['plant.db'] };
  const findings = findingsOf(worst);
  expect(findings.map(({ points }) => points)).toEqual([40, 30, 20, 20, 20, 5]);
  expect(scoreOf(findings)).toBe(0);
});
