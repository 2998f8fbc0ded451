import { statfsSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { hitRate } from '../report/cacheText.js';
import type { Checkup } from '../report/doctorText.js';
import { count, counted, duration, size } from '../report/units.js';
import { thisSystem } from '../share/system.js';
import type { Connection } from '../store/database.js';
import { isLocked } from '../store/lock.js';
import { databaseBytes, lastRuns, type SourceFacts, sourceFacts, tableFacts } from '../store/queries.js';
import { arrivalsBySource, arrivalsByTable, damageOf, secondsAhead, walBytes } from '../store/vitals.js';
import { findingsOf, growthOf, scoreOf } from './findings.js';
import type { KnownSources, Standing } from './standing.js';
import { type Verified, verify } from './verify.js';
import type { SourceVitals, Vitals } from './vitals.js';

/** Beyond this a quick check of the whole file is not quick. */
const quickBytes = 2e9;
const judgedRuns = 30;

/**
 * Examines a database and its sources. `sample`: how many files, chosen at random, are read and compared with the
 * ledger; null for none, and then a large database is not checked for damage either.
 */
export async function checkup(
  db: Connection,
  path: string,
  sample: number | null,
  sourcesNow: () => Promise<KnownSources>,
): Promise<Checkup> {
  const bytes = databaseBytes(path);
  const checked = sample !== null || bytes <= quickBytes;
  const damage = checked ? damageOf(db, sample !== null) : null;
  if (damage !== null) return damaged(path, bytes, damage);
  const known = await sourcesNow();
  const verified = sample === null ? null : await verify(db, sample, known.standing, thisSystem);
  const vitals = vitalsOf(db, path, known, verified?.mismatched ?? []);
  const findings = findingsOf(vitals);
  return { score: scoreOf(findings), findings, facts: factsOf(vitals, checked, verified) };
}

/** Nothing else that a damaged database says can be believed. */
function damaged(path: string, bytes: number, damage: string): Checkup {
  const mend = `restore a copy, or mv ${path} aside and run ingest again`;
  const finding = { code: 'damaged', points: 100, what: `The database is damaged: ${damage}.`, mend };
  return { score: 0, findings: [finding], facts: [['database', `${size(bytes)}, ${path}`]] };
}

function vitalsOf(
  db: Connection,
  path: string,
  { standing, disabled }: KnownSources,
  mismatched: readonly string[],
): Vitals {
  const off = new Set(disabled.map(({ name }) => name));
  const isOn = ({ name }: { readonly name: string }) => !off.has(name);
  const ahead = secondsAhead(db);
  const runs = lastRuns(db, judgedRuns);
  return {
    db: { path, bytes: databaseBytes(path), walBytes: walBytes(path), freeBytes: freeBytesOf(path) },
    readable: [path, `${path}-wal`, `${path}.cache`].filter(isReadableByAll),
    runs,
    // Only to ask takes the lock for a moment, so it is not asked without need.
    running: runs[0]?.finishedAt === null && isLocked(path),
    sources: sourceFacts(db)
      .filter(isOn)
      .map((source) => ({
        ...source,
        ...rootVitals(source, standing),
        aheadSeconds: ahead.get(source.name) ?? 0,
      })),
    tables: tableFacts(db),
    newBySource: arrivalsBySource(db).filter(isOn),
    loadedByTable: arrivalsByTable(db),
    memoryBytes: totalmem(),
    mismatched,
    now: new Date(),
  };
}

function rootVitals(
  { name }: SourceFacts,
  standing: readonly Standing[],
): Omit<SourceVitals, 'aheadSeconds'> {
  const found = standing.find(({ source }) => source.name === name);
  return { unreachable: found?.complaint?.why ?? null, rootSeconds: found?.seconds ?? 0 };
}

function freeBytesOf(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return null;
  }
}

function isReadableByAll(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (process.platform === 'win32' || !stat || stat.size === 0) return false;
  return (stat.mode & 0o004) !== 0;
}

function factsOf(vitals: Vitals, checked: boolean, verified: Verified | null): Checkup['facts'] {
  const { db, runs, tables, sources } = vitals;
  const [last] = runs.filter(({ cpuSeconds }) => cpuSeconds !== null);
  const facts: [string, string | null][] = [
    ['database', `${size(db.bytes)}, log ${size(db.walBytes)}, ${db.path}`],
    ['integrity', checked ? 'whole' : 'not checked, since it is large; --verify checks it'],
    [
      'disk',
      db.freeBytes === null
        ? null
        : `${size(db.freeBytes)} free; a run takes ${size(growthOf(db.bytes, tables, runs))}`,
    ],
    [
      'last run',
      last ? `${duration(last.cpuSeconds ?? 0)} of CPU, ${size(last.peakBytes ?? 0)} of memory` : null,
    ],
    [
      'sources',
      sources.map(({ name, rootSeconds }) => `${name} (${duration(rootSeconds)})`).join(', ') || null,
    ],
    ['parse cache', cacheFact(runs)],
    ['tables', tables.map(({ name, rows }) => `${name} (${counted(rows, 'row')})`).join(', ') || null],
    ['verified', verified && verifiedText(verified)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

/** Of the runs that are judged; null when none of them parsed or took anything. */
function cacheFact(runs: Vitals['runs']): string | null {
  const counts = runs.flatMap(({ summary }) => (summary === null ? [] : [summary.cache]));
  const hits = counts.reduce((sum, cache) => sum + cache.hits, 0);
  const misses = counts.reduce((sum, cache) => sum + cache.misses, 0);
  return hits + misses === 0
    ? null
    : `${hitRate(hits, misses)} in the last ${counts.length === 1 ? 'run' : counted(counts.length, 'run')}`;
}

function verifiedText({ compared, passed, unread, mismatched }: Verified): string {
  const rest = passed === 0 ? '' : `, ${count(passed)} changed or gone since the last run`;
  const failed = unread === 0 ? '' : `, ${count(unread)} cannot be read`;
  const other = `${count(mismatched.length)} other than the ledger says`;
  return `${counted(compared, 'file')} read, ${other}${rest}${failed}`;
}
