import type { SourceFile } from '../domain/file.js';
import type { LedgerEntry } from '../store/ledger.js';

/** The ledger entry of a file that was never seen before; it is not saved yet. */
export function newEntry(
  file: Pick<SourceFile, 'source' | 'path' | 'size' | 'mtimeNs'>,
  about: Pick<LedgerEntry, 'table' | 'reason' | 'settingsHash' | 'runId'>,
): LedgerEntry {
  const { table, reason, settingsHash, runId } = about;
  return {
    fileId: 0,
    source: file.source,
    path: file.path,
    size: file.size,
    mtimeNs: file.mtimeNs,
    lookedAtNs: nowNs(),
    sha256: null,
    table,
    status: 'deferred',
    reason,
    records: 0,
    rows: 0,
    deduplicated: 0,
    rejected: 0,
    firstRecord: null,
    lastRecord: null,
    duplicateOf: null,
    settingsHash,
    errorCode: null,
    error: null,
    attempts: 0,
    heldSize: null,
    heldMtimeNs: null,
    missingScans: 0,
    maybeRenamed: 0,
    firstSeenAt: new Date().toISOString(),
    loadedAt: null,
    runId,
  };
}

/** Nanoseconds since 1970 by this machine's clock. */
export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** Forgets what went wrong with earlier versions of a file. */
export function clearTrouble(entry: LedgerEntry): void {
  entry.errorCode = null;
  entry.error = null;
  entry.attempts = 0;
  entry.heldSize = null;
  entry.heldMtimeNs = null;
}
