import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { IngestError } from '../domain/errors.js';
import { sameFingerprint } from '../domain/file.js';
import type { Checkup } from '../report/doctorText.js';
import { count, counted, duration, size } from '../report/units.js';
import { isOnNetwork, readMounts, resolvedPath } from '../share/filesystem.js';
import { fingerprintOf, readOnce } from '../share/read.js';
import { whyUnreachable } from '../share/root.js';
import type { Connection } from '../store/database.js';
import { takeLock } from '../store/lock.js';
import { databaseBytes, lastRuns, type SourceFacts, sourceFacts, tableFacts } from '../store/queries.js';
import {
  arrivalsBySource,
  arrivalsByTable,
  damageOf,
  knownContents,
  secondsAhead,
  walBytes,
} from '../store/vitals.js';
import { findingsOf, growthOf, scoreOf } from './findings.js';
import type { SourceVitals, Vitals } from './vitals.js';

/** Beyond this a quick check of the whole file is not quick. */
const quickBytes = 2e9;
const judgedRuns = 30;

/** What a comparison of files with the ledger found. */
interface Verified {
  readonly compared: number;
  /** Not there any more, or changed since; the next run sees to them. */
  readonly passed: number;
  readonly mismatched: readonly string[];
}

/**
 * Examines a database and its sources. `verify`: how many files, chosen at random, are read and compared with the
 * ledger; null for none, and then a large database is not checked for damage either.
 */
export async function checkup(db: Connection, path: string, verify: number | null): Promise<Checkup> {
  const bytes = databaseBytes(path);
  const checked = verify !== null || bytes <= quickBytes;
  const damage = checked ? damageOf(db, verify !== null) : null;
  if (damage !== null) return damaged(path, bytes, damage);
  const verified = verify === null ? null : await compare(db, verify);
  const vitals = vitalsOf(db, path, bytes, verified?.mismatched ?? []);
  const findings = findingsOf(vitals);
  return { score: scoreOf(findings), findings, facts: factsOf(vitals, checked, verified) };
}

/** Nothing else that a damaged database says can be believed. */
function damaged(path: string, bytes: number, damage: string): Checkup {
  const mend = `restore a copy, or mv ${path} aside and run ingest again`;
  const finding = { code: 'damaged', points: 100, what: `The database is damaged: ${damage}.`, mend };
  return { score: 0, findings: [finding], facts: [['database', `${size(bytes)}, ${path}`]] };
}

function vitalsOf(db: Connection, path: string, bytes: number, mismatched: readonly string[]): Vitals {
  const ahead = secondsAhead(db);
  const runs = lastRuns(db, judgedRuns);
  return {
    db: { path, bytes, walBytes: walBytes(path), freeBytes: freeBytesOf(path) },
    readable: [path, `${path}-wal`, `${path}.cache`].filter(isReadableByAll),
    runs,
    // Only to ask takes the lock for a moment, so it is not asked without need.
    running: runs[0]?.finishedAt === null && isLocked(path),
    sources: sourceFacts(db).map((source) => ({
      ...source,
      ...rootVitals(source, ahead.get(source.name) ?? 0),
    })),
    tables: tableFacts(db),
    newBySource: arrivalsBySource(db),
    loadedByTable: arrivalsByTable(db),
    memoryBytes: totalmem(),
    mismatched,
    now: new Date(),
  };
}

function rootVitals({ root }: SourceFacts, aheadSeconds: number): SourceVitals {
  const started = performance.now();
  const unreachable = whyUnreachable(root) ?? whyUnlisted(root);
  return { unreachable, rootSeconds: (performance.now() - started) / 1000, aheadSeconds };
}

function whyUnlisted(root: string): string | null {
  try {
    readdirSync(root);
    return null;
  } catch {
    return 'it cannot be listed';
  }
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

function isLocked(path: string): boolean {
  if (!existsSync(`${path}.lock`)) return false;
  try {
    takeLock(path).release();
    return false;
  } catch (error) {
    return error instanceof IngestError && error.code === 'locked';
  }
}

/** Reads files and compares them with the ledger. */
async function compare(db: Connection, limit: number): Promise<Verified> {
  const roots = new Map(sourceFacts(db).map(({ name, root }) => [name, root]));
  const mounts = readMounts();
  const mismatched: string[] = [];
  let compared = 0;
  const known = knownContents(db, limit);
  for (const file of known) {
    const path = join(roots.get(file.source) ?? '', file.path);
    const now = fingerprintOf(path);
    if (now === null || !sameFingerprint(now, file)) continue;
    compared += 1;
    const access = isOnNetwork(resolvedPath(path), mounts) ? 'network' : 'local';
    if ((await contentHash(path, access)) !== file.sha256) mismatched.push(`${file.source}/${file.path}`);
  }
  return { compared, passed: known.length - compared, mismatched };
}

/** Null when the file cannot be read. */
async function contentHash(path: string, access: 'local' | 'network'): Promise<string | null> {
  try {
    const sha = createHash('sha256');
    await readOnce(path, access, (chunk) => void sha.update(chunk));
    return sha.digest('hex');
  } catch {
    return null;
  }
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
    ['tables', tables.map(({ name, rows }) => `${name} (${counted(rows, 'row')})`).join(', ') || null],
    ['verified', verified && verifiedText(verified)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

function verifiedText({ compared, passed, mismatched }: Verified): string {
  const rest = passed === 0 ? '' : `, ${count(passed)} changed or gone since the last run`;
  return `${counted(compared, 'file')} read, ${count(mismatched.length)} other than the ledger says${rest}`;
}
