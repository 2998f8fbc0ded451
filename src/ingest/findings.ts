import { ExitCode } from '../domain/errors.js';
import type { Finding } from '../report/doctorText.js';
import { count, counted, duration, size } from '../report/units.js';
import type { RunFacts, TableFacts } from '../store/queries.js';
import { sourceFindings } from './sourceFindings.js';
import { dayMs, days, gaps, median, type Vitals } from './vitals.js';

const largeWalBytes = 512 * 1024 * 1024;
const scarceBytes = 100 * 1024 * 1024;
const runsAhead = 7;

/** Everything that is not as it should be, the worst first. */
export function findingsOf(vitals: Vitals): Finding[] {
  const checks = [contents, lastRun, killedRuns, disk, wal, memory, rejects, access, sourceFindings];
  return checks.flatMap((check) => check(vitals)).sort((a, b) => b.points - a.points);
}

/** 100 less what the findings take, but never below 0. */
export function scoreOf(findings: readonly Finding[]): number {
  return Math.max(0, 100 - findings.reduce((sum, { points }) => sum + points, 0));
}

function contents({ mismatched }: Vitals): Finding[] {
  const [first] = mismatched;
  if (first === undefined) return [];
  const what = `${counted(mismatched.length, 'file differs', 'files differ')} from the ledger though size and mtime are the same: ${first}.`;
  return [{ code: 'content_differs', points: 30, what, mend: 'ingest --checksum' }];
}

const badEndings: Readonly<Record<number, readonly [points: number, mend: string]>> = {
  [ExitCode.fatal]: [30, 'read the message of the run in its log, then ingest'],
  [ExitCode.sourceDown]: [20, 'look at the mounts, then ingest'],
  [ExitCode.partial]: [5, 'ingest rejects, and ingest files'],
  [ExitCode.interrupted]: [5, 'ingest'],
  [ExitCode.terminated]: [5, 'ingest'],
};

function lastRun({ runs, now }: Vitals): Finding[] {
  const [last, ...before] = runs.filter(({ finishedAt }) => finishedAt !== null);
  if (!last) return [{ code: 'no_run', points: 20, what: 'No run has come to its end yet.', mend: 'ingest' }];
  const ending = badEndings[last.exitCode ?? ExitCode.done];
  const found: Finding[] = [];
  if (ending) {
    const what = `The last run, ${last.runId}, ended with exit code ${last.exitCode}.`;
    found.push({ code: 'last_run', points: ending[0], what, mend: ending[1] });
  }
  const silent = (now.getTime() - Date.parse(last.startedAt)) / dayMs;
  const usual = median(
    gaps([last, ...before].map(({ startedAt }) => Date.parse(startedAt) / dayMs).reverse()),
  );
  if (usual !== null && silent > Math.max(2, 3 * usual)) {
    const what = `No run for ${days(silent)}; before, there was one every ${duration(usual * 86_400)}.`;
    found.push({
      code: 'no_run_lately',
      points: 20,
      what,
      mend: 'look at the cron line or at systemctl list-timers',
    });
  }
  return found;
}

function killedRuns({ runs, running }: Vitals): Finding[] {
  const killed = runs.filter(({ finishedAt }, i) => finishedAt === null && !(running && i === 0));
  if (killed.length === 0) return [];
  const were = killed.length === 1 ? 'was' : 'were';
  const what = `${counted(killed.length, 'run')} of the last ${runs.length} ${were} killed, the latest ${killed[0]?.runId}.`;
  return [
    {
      code: 'killed',
      points: 10,
      what,
      mend: 'look for the killer: journalctl -k, or the limits of the timer',
    },
  ];
}

function disk({ db, runs, tables: all }: Vitals): Finding[] {
  if (db.freeBytes === null) return [];
  const mend = `free some space: df -h ${db.path}`;
  const growth = growthOf(db.bytes, all, runs);
  if (db.freeBytes < 2 * growth || db.freeBytes < scarceBytes) {
    const what = `The disk has ${size(db.freeBytes)} left; a run takes ${size(growth)} on average.`;
    return [{ code: 'disk_full_soon', points: 40, what, mend }];
  }
  if (db.freeBytes >= runsAhead * growth) return [];
  const what = `The disk has room for ${counted(Math.floor(db.freeBytes / growth), 'more run')} of ${size(growth)}.`;
  return [{ code: 'disk_small', points: 20, what, mend }];
}

/** Bytes by which a run lets the database grow, on average over those known. */
export function growthOf(bytes: number, tables: readonly TableFacts[], runs: readonly RunFacts[]): number {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const summaries = runs.flatMap(({ summary }) => (summary === null ? [] : [summary]));
  if (rows === 0 || summaries.length === 0) return 0;
  const inserted = summaries.reduce((sum, { rows: of }) => sum + of.inserted - of.removed, 0);
  return Math.max(0, (inserted / summaries.length) * (bytes / rows));
}

function wal({ db, running }: Vitals): Finding[] {
  if (running || db.walBytes < largeWalBytes) return [];
  const what = `The write-ahead log has ${size(db.walBytes)} and no run goes on; a reader may keep it from being emptied.`;
  return [
    { code: 'wal_large', points: 5, what, mend: `sqlite3 ${db.path} 'PRAGMA wal_checkpoint(TRUNCATE)'` },
  ];
}

function memory({ runs, memoryBytes }: Vitals): Finding[] {
  const peak = Math.max(0, ...runs.map(({ peakBytes }) => peakBytes ?? 0));
  if (peak < 0.8 * memoryBytes) return [];
  const what = `A run took ${size(peak)} of the ${size(memoryBytes)} of memory.`;
  return [{ code: 'memory', points: 10, what, mend: 'ingest --workers 2 --concurrency 2' }];
}

const fewRejects = 10;

function rejects({ runs }: Vitals): Finding[] {
  const shares = runs.flatMap(({ summary }) =>
    summary && summary.rows.parsed > 0
      ? [{ ...summary.rows, share: summary.rows.rejected / summary.rows.parsed }]
      : [],
  );
  const [last, ...before] = shares;
  const usual = median(before.map(({ share }) => share));
  if (!last || usual === null || before.length < 3) return [];
  if (last.rejected < fewRejects || last.share <= 2 * usual) return [];
  const what = `Rejects rise: ${count(last.rejected)} of ${counted(last.parsed, 'record')} in the last run that read any.`;
  return [
    {
      code: 'rejects_rising',
      points: 10,
      what,
      mend: 'ingest rejects',
    },
  ];
}

function access({ readable }: Vitals): Finding[] {
  const [first] = readable;
  if (first === undefined) return [];
  const what = `Everybody on this machine may read ${readable.join(' and ')}.`;
  return [{ code: 'readable', points: 5, what, mend: `chmod o-rwx ${readable.join(' ')}` }];
}
