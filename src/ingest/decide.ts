import { type Fingerprint, type LoadReason, sameFingerprint } from '../domain/file.js';
import type { KnownFile } from '../store/knownFiles.js';

/** What to do with a file that a scan has found. */
export type Decision =
  | { readonly action: 'skip'; readonly outcome: 'unchanged' | 'held' }
  /** `verify`: the quick check found nothing; only the content can tell. */
  | { readonly action: 'read'; readonly reason: LoadReason; readonly verify: boolean };

export interface DecisionSettings {
  readonly settingsHash: string;
  readonly force: boolean;
  readonly checksum: boolean;
  readonly acceptShrink: boolean;
}

/** An mtime this close to the moment a file was looked at does not prove that it was not written after. */
const racyNs = 2_000_000_000n;

/**
 * Decides by the ledger alone. `status` and fingerprint are compared, nothing is read; the first rule that applies
 * wins.
 */
export function decide(
  entry: KnownFile | undefined,
  found: Fingerprint,
  settings: DecisionSettings,
): Decision {
  if (!entry) return read('new');
  if (settings.force) return read('forced');
  if (entry.status === 'failed' || entry.status === 'deferred') return read('retry');
  if (entry.sha256 === null) return read('new');
  if (entry.status === 'held' && isHeldVersion(entry, found)) {
    return settings.acceptShrink ? read('changed') : { action: 'skip', outcome: 'held' };
  }
  if (entry.settingsHash !== settings.settingsHash) return read('settings');
  if (!sameFingerprint(entry, found)) return read('changed');
  if (entry.status === 'held') return read('changed', true);
  if (settings.checksum || isRacy(entry)) return read('changed', true);
  return { action: 'skip', outcome: 'unchanged' };
}

function read(reason: LoadReason, verify = false): Decision {
  return { action: 'read', reason, verify };
}

function isHeldVersion(entry: KnownFile, found: Fingerprint): boolean {
  return entry.heldSize === found.size && entry.heldMtimeNs === found.mtimeNs;
}

/** Whether a file was looked at so soon after it was written that its mtime may stay the same over a change. */
export function isRacy(entry: Pick<KnownFile, 'lookedAtNs' | 'mtimeNs'>): boolean {
  const distance = entry.lookedAtNs - entry.mtimeNs;
  return distance < racyNs && distance > -racyNs;
}

/** Whether a file is so young, or dated so far ahead, that it may still be being written. */
export function isUnsettled(found: Fingerprint, nowNs: bigint, settleMs: number): boolean {
  return found.mtimeNs > nowNs - BigInt(settleMs) * 1_000_000n;
}
