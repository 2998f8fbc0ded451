import { join } from 'node:path';
import type { Fingerprint, LoadReason } from '../domain/file.js';
import type { Shard } from '../domain/settings.js';
import type { NextRun } from '../report/explainText.js';
import { counted, size, utcTimeOfNs } from '../report/units.js';
import type { Reach } from '../share/read.js';
import { type PassedOver, whyPassedOver } from '../share/scan.js';
import type { Connection } from '../store/database.js';
import type { LedgerEntry } from '../store/ledger.js';
import { decide, isUnsettled } from './decide.js';
import { nowNs } from './entry.js';
import { lookAt } from './lookAt.js';
import { whyOverlooked } from './overlooked.js';
import type { PlannedSource } from './plan.js';
import { isInShard } from './shard.js';
import type { Standing } from './standing.js';

/** How the next run is taken to be called. */
export interface NextRunSettings {
  readonly force: boolean;
  readonly checksum: boolean;
  readonly acceptShrink: boolean;
  readonly shard: Shard | null;
  /** Null where there is none yet. */
  readonly db: Connection | null;
}

const passedOver: Readonly<Record<PassedOver, readonly [why: string, hint: string]>> = {
  temporary: ['it has a name of temporary files', 'rename it when it is whole'],
  hidden: ['it, or a folder above it, is hidden: its name starts with a dot', 'rename it'],
  excluded: ['a pattern of "exclude" leaves it out', 'narrow "exclude" in the config file'],
  not_dated: [
    'it lies in none of the folders that the root names by dates',
    'move it, or mend "root" in the config file',
  ],
  unknown_ending: [
    'its ending names no format that is read in folders',
    'name it in "include", or give it as a root',
  ],
  not_included: ['no pattern of "include" or of the root chooses it', 'widen "include" in the config file'],
};

/** What the next run of a source would do with a file of a relative path; looks at the file, but does not open it. */
export async function nextRun(
  standing: Standing,
  path: string,
  entry: LedgerEntry | undefined,
  settings: NextRunSettings,
): Promise<NextRun> {
  const { source, complaint, reach } = standing;
  if (complaint !== null) {
    const hint = 'mount the share or mend the path';
    return { action: 'none', why: `the root ${source.folder} cannot be used: ${complaint.why}`, hint };
  }
  const { patterns, dated } = source;
  const reason = whyPassedOver(path, patterns, source.settings.exclude, dated);
  if (reason !== null) return { action: 'none', why: passedOver[reason][0], hint: passedOver[reason][1] };
  if (settings.shard !== null && !isInShard(source.name, path, settings.shard)) {
    const { index, count } = settings.shard;
    return {
      action: 'none',
      why: `its path does not hash to shard ${index}/${count}, which this database holds`,
    };
  }
  const overlooked = await whyOverlooked(standing, path, settings.db);
  if (overlooked !== null) return { action: 'none', why: overlooked, hint: 'run with --checksum' };
  const link = await linkAbove(source.folder, path, reach);
  if (link !== null) {
    const hint = 'name the place it leads to as a root of its own';
    return { action: 'none', why: `${link} is a symbolic link, and links are not followed`, hint };
  }
  const found = await lookAt(join(source.folder, path), reach);
  if (found.kind === 'file') return decided(source, path, found.fingerprint, entry, settings);
  if (found.kind === 'unknown') return { action: 'none', ...unknown(found.why, entry) };
  return found.kind === 'none' ? absent(source, entry) : notFile(found.kind, source, entry);
}

function unknown(why: string, entry: LedgerEntry | undefined): Omit<NextRun, 'action'> {
  const stays = entry ? '; what is known of it stays' : '';
  const isDenied = /^(EACCES|EPERM)\b/.test(why);
  const hint = isDenied ? 'give the user that runs ingest the right to look at it' : 'check the share';
  return { why: `it cannot be looked at (${why})${stays}`, hint };
}

function notFile(
  kind: 'folder' | 'link' | 'special',
  source: PlannedSource,
  entry: LedgerEntry | undefined,
): NextRun {
  const what = kind === 'special' ? 'a device, a socket or a named pipe' : `a ${kind}`;
  const why = `it is ${what}, and files alone are read`;
  return { action: 'none', why: entry ? `${why}; ${absent(source, entry).why}` : why };
}

/** The first part of a path that is a symbolic link, or null. */
async function linkAbove(folder: string, path: string, reach: Reach): Promise<string | null> {
  const parts = path.split('/');
  for (const i of parts.keys()) {
    const part = parts.slice(0, i + 1).join('/');
    if ((await lookAt(join(folder, part), reach)).kind === 'link') return part;
  }
  return null;
}

function absent({ settings }: PlannedSource, entry: LedgerEntry | undefined): NextRun {
  if (entry === undefined) return { action: 'none', why: 'there is no such file' };
  const goes = settings.onDelete === 'remove';
  const rows = goes ? 'its rows go' : 'its rows stay';
  if (entry.status === 'missing') {
    const then = goes && entry.sha256 !== null ? 'its rows go after a complete scan' : 'nothing changes';
    return { action: 'none', why: `the file is gone; ${then}` };
  }
  const scans = entry.missingScans === 0 ? 'after two complete scans' : 'after one more complete scan';
  return { action: 'none', why: `the file is gone; ${scans} without it, it is missing and ${rows}` };
}

function decided(
  source: PlannedSource,
  path: string,
  found: Fingerprint,
  entry: LedgerEntry | undefined,
  settings: NextRunSettings,
): NextRun {
  const { settingsHash, rule } = source.placeOf(path);
  // Only the command line knows under which options a root that it named was loaded.
  const decisive = source.settings.configured ? settingsHash : (entry?.settingsHash ?? settingsHash);
  const assumed = source.settings.configured
    ? {}
    : { assumed: 'the same root and options as in its last run' };
  const decision = decide(entry, found, { ...settings, settingsHash: decisive });
  if (decision.action === 'skip') return { action: 'skip', ...skipped[decision.outcome], ...assumed };
  const why = decision.verify ? verifying(entry) : reading(decision.reason, found, entry, rule.rule.table);
  const { settleMs } = source.settings;
  if (!isUnsettled(found, nowNs(), settleMs)) return { action: 'read', why, ...assumed };
  return {
    action: 'wait',
    why: `it may still be being written (settle ${settleMs / 1000} s); then: ${why}`,
    ...assumed,
  };
}

const skipped = {
  unchanged: { why: 'size and mtime are as they were, so it is not opened' },
  held: {
    why: 'it is held as it shrank, and has not changed since',
    hint: 'if its loss of records is right, run with --accept-shrink',
  },
} as const;

function verifying(entry: LedgerEntry | undefined): string {
  if (entry?.status === 'held') return 'it is as it was before it shrank; its content is compared';
  return 'size and mtime are as they were, but do not prove it; its content is compared';
}

function reading(
  reason: LoadReason,
  found: Fingerprint,
  entry: LedgerEntry | undefined,
  table: string,
): string {
  if (reason === 'changed' && entry) return `${difference(entry, found)}; other content replaces its rows`;
  if (reason === 'retry' && entry)
    return `it is tried again, after ${counted(entry.attempts, 'try', 'tries')}`;
  if (reason === 'settings') return 'it was loaded under other settings than those of today';
  return reason === 'forced' ? 'forced' : `it is new, and goes to table ${table}`;
}

function difference(was: Fingerprint, is: Fingerprint): string {
  if (was.size !== is.size) return `it had ${size(was.size)} and has ${size(is.size)}`;
  return `it was modified ${utcTimeOfNs(is.mtimeNs)} UTC, before that ${utcTimeOfNs(was.mtimeNs)} UTC`;
}
