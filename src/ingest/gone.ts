import type { KnownFiles } from '../store/knownFiles.js';
import type { LedgerEntry } from '../store/ledger.js';
import { noteRename } from '../store/renames.js';
import type { Store } from '../store/store.js';
import type { Steps } from '../store/table.js';
import type { Candidate } from './candidate.js';
import { releaseContent, restore, yieldRows } from './content.js';
import { clearTrouble } from './entry.js';
import { noteOutdated } from './outdated.js';
import type { Survey } from './survey.js';
import type { Postponed } from './verdict.js';

/** A ledger entry that found its file under a new path. */
export interface Rename {
  readonly candidate: Candidate;
  readonly from: string;
  /** Whether the file must be read again since its new path makes something else of it. */
  readonly reload: boolean;
}

/** Whether a scan saw all that it was to look at. */
export function isComplete(survey: Survey): boolean {
  return survey.complaint === null && survey.report.errors.length === 0;
}

/** Whether a scan saw the whole source, so that a path it did not find is gone. */
export function sawAll(survey: Survey): boolean {
  return isComplete(survey) && survey.report.passedOver.length === 0;
}

/** The ledger entries whose files a scan did not find, in path order; some may have been found to be renamed since. */
export function absentIn(survey: Survey, known: KnownFiles): readonly number[] {
  survey.absent ??= known.idsBut(survey.present, survey.source.name);
  return survey.absent;
}

/** Whether the scan can tell a copy from a rename. `filtered`: by `--since` or `--limit`. */
export function tellsRenames(survey: Survey, filtered: boolean): boolean {
  return sawAll(survey) && survey.source.unfiltered && !filtered;
}

/** The entries of paths that are gone and whose content this is under the same rule, in path order. */
export function goneTwins(store: Store, survey: Survey, path: string, sha256: string): LedgerEntry[] {
  const twins = store.ledger.withContent(sha256);
  if (twins.length === 0) return twins;
  const { rule } = survey.source.placeOf(path);
  return twins.filter((entry) => {
    if (entry.source !== survey.source.name || isPresent(survey, entry)) return false;
    if (!survey.source.chooses(entry.path)) return false;
    const place = survey.source.placeOf(entry.path);
    return place.rule === rule && place.settingsHash === entry.settingsHash;
  });
}

/** Whether the scan found the file: it knew the entry, or the entry was made since, in this run. */
function isPresent(survey: Survey, entry: LedgerEntry): boolean {
  return survey.present.has(entry.fileId) || entry.runId === survey.runId;
}

/**
 * Pairs new paths with gone ones of the same content, both in path order, and moves the ledger entries, in the
 * caller's transaction. New paths that find no partner are returned as `surplus`.
 */
export function rename(
  store: Store,
  survey: Survey,
  postponed: readonly Postponed[],
): { renames: Rename[]; surplus: Candidate[] } {
  const renames: Rename[] = [];
  const surplus: Candidate[] = [];
  const inPathOrder = [...postponed].sort((a, b) => (a.candidate.file.path < b.candidate.file.path ? -1 : 1));
  for (const { candidate, result } of inPathOrder) {
    const content = result.kind === 'parsed' ? result : null;
    const twin = content && goneTwins(store, survey, candidate.file.path, content.sha256)[0];
    if (!twin || !content) {
      surplus.push(candidate);
      continue;
    }
    const from = twin.path;
    const reload = twin.settingsHash !== candidate.settingsHash || candidate.rule.rule.dedupe === 'key';
    forgetTry(store, candidate);
    moveEntry(store, survey, twin, candidate.file.path);
    survey.present.add(twin.fileId);
    if (reload) {
      // It keeps its old fingerprint and is tried on the next run, should this one end.
      yieldRows(store, twin);
      twin.status = 'deferred';
      store.ledger.save(twin);
    } else {
      restore(store, Object.assign(twin, content.fingerprint, { lookedAtNs: content.openedAtNs }));
    }
    renames.push({ candidate, from, reload });
  }
  return { renames, surplus };
}

/**
 * Resolves a duplicate that an earlier, filtered scan could not tell from a rename, in the caller's transaction.
 * Returns the path it had before, or null when it is a copy after all.
 */
export function resolveMaybeRenamed(store: Store, survey: Survey, fileId: number): string | null {
  const copy = store.ledger.get(fileId);
  if (!copy) return null;
  const twin = copy.sha256 === null ? undefined : goneTwins(store, survey, copy.path, copy.sha256)[0];
  if (!twin || copy.status !== 'duplicate' || twin.settingsHash !== copy.settingsHash) {
    copy.maybeRenamed = 0;
    store.ledger.save(copy);
    return null;
  }
  const from = twin.path;
  store.ledger.remove(copy.fileId);
  moveEntry(store, survey, twin, copy.path);
  survey.present.add(twin.fileId);
  const { size, mtimeNs, lookedAtNs } = copy;
  restore(store, Object.assign(twin, { size, mtimeNs, lookedAtNs }));
  return from;
}

/** Removes the entry that a new path has from tries that failed, so that another can take its place. */
function forgetTry(store: Store, { file }: Candidate): void {
  const tried = store.ledger.find(file.source, file.path);
  if (!tried) return;
  store.rejects.remove(tried.fileId);
  store.ledger.remove(tried.fileId);
}

function moveEntry({ db }: Store, { runId }: Survey, entry: LedgerEntry, path: string): void {
  noteRename(db, entry, path, runId);
  entry.path = path;
  entry.missingScans = 0;
  entry.maybeRenamed = 0;
  clearTrouble(entry);
}

/** Complete scans without a file after which it counts as deleted. */
const scansToMissing = 2;

/**
 * Counts a complete scan for the entries it did not find, in the caller's transaction; after two a file is `missing`
 * and, with `onDelete: "remove"`, its rows go. Returns how many files became missing and how many rows went.
 */
export function* noteMissing(
  store: Store,
  known: KnownFiles,
  survey: Survey,
): Steps<{ missing: number; removed: number }> {
  let missing = 0;
  let removed = 0;
  const goes = survey.source.settings.onDelete === 'remove';
  for (const fileId of absentIn(survey, known)) {
    // An entry before may have made this one the owner of its rows.
    const entry = store.ledger.get(fileId);
    if (!entry || isPresent(survey, entry) || !survey.source.chooses(entry.path)) continue;
    const wasMissing = entry.status === 'missing';
    const goesNow = goes && entry.missingScans + 1 >= scansToMissing;
    if (!goesNow) noteOutdated(survey, entry);
    if (wasMissing && !(goes && entry.sha256 !== null)) continue;
    entry.missingScans += 1;
    if (entry.missingScans >= scansToMissing) {
      yieldRows(store, entry);
      entry.status = 'missing';
      if (goesNow) removed += yield* releaseContent(store, entry);
      if (!wasMissing) missing += 1;
    }
    store.ledger.save(entry);
  }
  return { missing, removed };
}
