import { posix } from 'node:path';
import type { ScanThrift } from '../domain/settings.js';
import { type Shortcuts, unsettledFolder } from '../share/scanReport.js';
import type { KnownSource } from '../store/sources.js';
import type { Store } from '../store/store.js';
import { isRacy } from './decide.js';
import type { PlannedSource } from './plan.js';
import type { Span, Survey } from './survey.js';

const dayMs = 86_400_000;

/**
 * What a scan of a source may leave out: dated folders from before `--since`, with a day to spare for files that come
 * late, and, until the next full scan is due, what `recentDays` and `immutable` say.
 */
export function shortcutsOf(
  store: Store,
  source: PlannedSource,
  about: { known: KnownSource | undefined; span: Span; nowMs: number; lookAtAll: boolean },
): Shortcuts {
  const { thrift } = source.settings;
  const full = about.lookAtAll || isFullScanDue(thrift, about.known?.lastFullScanAt ?? null, about.nowMs);
  const { since } = about.span;
  const floors = [
    ...(since === null ? [] : [Number(since / 1_000_000n) - dayMs]),
    ...(full || thrift.recentDays === null ? [] : [daysBefore(about.nowMs, thrift.recentDays)]),
  ];
  const noted = full ? new Map<string, bigint>() : store.folders.of(source.name, source.settingsHash);
  return {
    floor: floors.length === 0 ? null : Math.max(...floors),
    still: thrift.immutable ? noted : null,
  };
}

/** Whether it is time to look into all folders again; `last`: when a run last did, as an ISO time. */
export function isFullScanDue({ everyMs }: ScanThrift, last: string | null, nowMs: number): boolean {
  return last === null || nowMs - Date.parse(last) >= everyMs;
}

/** The beginning of a day, by this machine's clock. */
export function daysBefore(nowMs: number, days: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
}

/** Whether a survey left nothing out. */
export function isFull({ report }: Survey): boolean {
  return report.passedOver.length === 0 && report.still.length === 0;
}

/** Counts the files of folders that were left alone as found. */
export function findStill(store: Store, found: Survey): void {
  if (found.report.still.length === 0) return;
  const still = new Set(found.report.still);
  for (const entry of store.ledger.ofSource(found.source.name)) {
    if (entry.status === 'missing' || !still.has(folderOf(entry.path))) continue;
    found.present.add(entry.fileId);
    found.standing.add(entry.fileId);
    found.found += 1;
  }
}

/** Whether a path lies in a folder that the scan passes over, be it there or not. */
export function isPassedOver(found: Survey, path: string): boolean {
  return isBeforeFloor(found, folderOf(path));
}

function isBeforeFloor({ source, floor }: Survey, folder: string): boolean {
  return floor !== null && source.dated?.isBefore(folder, floor) === true;
}

/** Notes the folders of a scan, those with a file that is not settled as such, in the caller's transaction. */
export function noteFolders(store: Store, found: Survey): void {
  const { name, settingsHash } = found.source;
  const still = store.folders.of(name, settingsHash);
  const folders = new Map(found.report.folders);
  for (const path of found.report.still) folders.set(path, still.get(path) ?? 0n);
  for (const [path, mtimeNs] of still) if (isBeforeFloor(found, path)) folders.set(path, mtimeNs);
  for (const entry of store.ledger.ofSource(name)) {
    const settled = entry.status === 'loaded' || entry.status === 'duplicate' || entry.status === 'missing';
    const folder = folderOf(entry.path);
    if (folders.has(folder) && (!settled || isRacy(entry))) folders.set(folder, unsettledFolder);
  }
  store.folders.replace(name, settingsHash, folders);
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}
