import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sameFingerprint } from '../domain/file.js';
import { Breaker, type Patience, patiently } from '../share/patience.js';
import { fingerprintOf, type Reach, readOnce } from '../share/read.js';
import type { System } from '../share/system.js';
import type { Connection } from '../store/database.js';
import { type KnownContent, knownContents } from '../store/vitals.js';
import type { Standing } from './standing.js';

/** What a comparison of files with the ledger found. */
export interface Verified {
  readonly compared: number;
  /** Not there any more, or changed since; the next run sees to them. */
  readonly passed: number;
  /** Could not be read, or lie in a source that does not answer. */
  readonly unread: number;
  /** `source/path` of files that have another content than the ledger says. */
  readonly mismatched: readonly string[];
}

/** Reads files, at most `limit` chosen at random, and compares them with the ledger. */
export async function verify(
  db: Connection,
  limit: number,
  standing: readonly Standing[],
  system: System,
): Promise<Verified> {
  const verified = { compared: 0, passed: 0, unread: 0, mismatched: [] as string[] };
  const sources = new Map(standing.map((one) => [one.source.name, { ...one, patience: patience(system) }]));
  for (const file of knownContents(db, limit)) {
    const source = sources.get(file.source);
    const found = source?.complaint === null ? await compare(file, source) : 'unread';
    if (found === 'same' || found === 'other') verified.compared += 1;
    if (found === 'other') verified.mismatched.push(`${file.source}/${file.path}`);
    if (found === 'passed' || found === 'unread') verified[found] += 1;
  }
  return verified;
}

function patience(system: System): Patience {
  return { breaker: new Breaker(), pause: (ms) => system.pause(ms), crowded: () => {} };
}

async function compare(
  file: KnownContent,
  { source, reach, patience }: Standing & { readonly patience: Patience },
): Promise<'same' | 'other' | 'passed' | 'unread'> {
  if (patience.breaker.why !== null) return 'unread';
  const path = join(source.folder, file.path);
  const now = await fingerprintOf(path, reach);
  if (now === null || !sameFingerprint(now, file)) return 'passed';
  try {
    return (await patiently(() => contentHash(path, reach), patience)) === file.sha256 ? 'same' : 'other';
  } catch {
    return 'unread';
  }
}

async function contentHash(path: string, reach: Reach): Promise<string> {
  const sha = createHash('sha256');
  await readOnce(path, reach, (chunk) => void sha.update(chunk));
  return sha.digest('hex');
}
