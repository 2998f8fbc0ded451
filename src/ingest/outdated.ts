import type { LedgerEntry } from '../store/ledger.js';
import type { PlannedSource } from './plan.js';
import type { RunRecord } from './record.js';

/** A source, and the paths of its files that keep rows of other settings. */
interface Outdated {
  readonly source: PlannedSource;
  readonly outdated: string[];
}

type Keeping = Pick<LedgerEntry, 'path' | 'settingsHash' | 'sha256'> &
  Partial<Pick<LedgerEntry, 'duplicateOf'>>;

/**
 * Takes note of a file that cannot be loaded again and keeps rows that were made under other settings, if those of today
 * promise something of each row: that a key has one, that something was taken out.
 */
export function noteOutdated({ source, outdated }: Outdated, entry: Keeping): void {
  const { path, settingsHash, sha256, duplicateOf = null } = entry;
  if (sha256 === null || duplicateOf !== null) return;
  const place = source.placeOf(path);
  const { dedupe, parse } = place.rule.rule;
  const promises = dedupe === 'key' || Object.keys(parse.redact.columns).length > 0;
  if (promises && settingsHash !== place.settingsHash) outdated.push(path);
}

/** Warns of the files that were noted. */
export function warnOfOutdated(record: RunRecord, { source, outdated }: Outdated): void {
  const [path, ...more] = outdated;
  if (path === undefined) return;
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  record.warn({
    code: 'outdated_rows',
    message: `Source ${source.name}: ${path}${others} could not be loaded again and keeps rows of other settings: what "key" and "redact" say now may not hold for them.`,
    hint: 'For files that are gone, "onDelete": "remove" takes the rows away; --accept-shrink loads those that are held; those that failed need mending.',
    source: source.name,
  });
}
