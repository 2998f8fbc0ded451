import { join } from 'node:path';
import type { Fingerprint, SourceFile } from '../domain/file.js';
import { IdSet } from '../domain/idSet.js';
import type { RunSettings, Shard, TimeSpan } from '../domain/settings.js';
import type { Complaint } from '../share/health.js';
import { type ScanListener, scan } from '../share/scan.js';
import { emptyReport, type ScanReport, type Shortcuts } from '../share/scanReport.js';
import type { KnownFile, KnownFiles } from '../store/knownFiles.js';
import type { Availability } from './availability.js';
import type { Candidate } from './candidate.js';
import { decide, isUnsettled } from './decide.js';
import { nowNs } from './entry.js';
import { noteOutdated } from './outdated.js';
import type { PlannedSource } from './plan.js';
import { isInShard } from './shard.js';
import { UnchangedFiles } from './unchangedFiles.js';

/** What a scan of one source found, decided by the ledger; nothing is written or counted yet. */
export interface Survey {
  readonly source: PlannedSource;
  readonly runId: number;
  /** In nanoseconds since 1970; a file that was looked at later was read by this run. */
  readonly startedAtNs: bigint;
  /** As in the shortcuts of its scan. */
  readonly floor: number | null;
  /** Why nothing can be said of the source; null when it was scanned and is what it was. */
  complaint: Complaint | null;
  readonly candidates: Candidate[];
  /** Candidates that may still be being written. */
  readonly settling: Set<Candidate>;
  readonly unchanged: UnchangedFiles;
  /** Those of the unchanged ones of which the ledger thought otherwise: that they are missing, or may be renamed. */
  readonly doubted: { readonly file: SourceFile; readonly entry: KnownFile }[];
  /** Ledger entries that the quick check found to be what they were, filtered or not. */
  readonly standing: IdSet;
  readonly held: { readonly file: SourceFile; readonly entry: KnownFile }[];
  /** Paths whose names are not UTF-8, bytes in hex. */
  readonly undecodable: string[];
  readonly vanished: string[];
  /** Paths that the pattern of their path columns does not fit. */
  readonly unfitting: string[];
  /** Paths of files that keep rows of other settings. */
  readonly outdated: string[];
  /** Files left out by `--since` or `--until`. */
  skipped: number;
  /** Ledger entries whose files the scan found, filtered or not. */
  readonly present: IdSet;
  /** Ledger entries whose files it did not find, in path order; null until somebody asks. */
  absent: readonly number[] | null;
  /** Files that the scan looked at, filtered or not. */
  found: number;
  report: ScanReport;
}

export interface SurveySettings {
  readonly known: KnownFiles;
  readonly runId: number;
  readonly span: Span;
  readonly force: boolean;
  readonly checksum: boolean;
  readonly acceptShrink: boolean;
  /** Files outside it are neither seen nor gone. */
  readonly shard: Shard | null;
  readonly availability: Availability;
  /** Whether the source lay on a network file system when it was last believed. */
  readonly wasOnNetwork: boolean;
  readonly shortcuts: Shortcuts;
  /** Told now and then how many files were found so far. */
  readonly counted: (files: number) => void;
}

/** Nanoseconds between which an mtime must lie. */
export interface Span {
  readonly since: bigint | null;
  readonly until: bigint | null;
}

/** Files that are counted and sorted together. */
const filesTogether = 250;
const hourNs = 3_600_000_000_000n;

/** Whether a run leaves files out that may be the new names of others. */
export function isFiltered({ span, limit }: RunSettings): boolean {
  return span.since !== null || span.until !== null || limit !== null;
}

/** The span of one source: `last-run` is the start of its last complete run, less the settle time and an hour. */
export function spanOf(span: TimeSpan, lastCompleteAt: string | null, settleMs: number): Span {
  if (span.since !== 'last-run') return { since: span.since, until: span.until };
  if (lastCompleteAt === null) return { since: null, until: span.until };
  const start = BigInt(Date.parse(lastCompleteAt) - settleMs) * 1_000_000n - hourNs;
  return { since: start, until: span.until };
}

/**
 * Scans a source and decides about each of its files; waits for one that stops answering. Throws when the run is to
 * end, never for what lies on the share.
 */
export async function survey(source: PlannedSource, settings: SurveySettings): Promise<Survey> {
  const { availability } = settings;
  const complaint = await availability.begin(source, settings.wasOnNetwork);
  if (complaint) return { ...emptySurvey(source, settings), complaint };
  for (;;) {
    const found = await surveyOnce(source, settings);
    const { down } = found.report;
    // The scan's own listings are proof enough if they all went well.
    const listing = found.report.errors.length > 0;
    if (down === null) {
      const complaint = await availability.complaint(source, listing);
      if (complaint === null) await findBack(found, settings);
      return { ...found, complaint };
    }
    availability.stop(source, down);
    const lost = await availability.recover(source);
    if (lost) return { ...found, complaint: lost };
  }
}

/** Counts files as found that vanished while the share was away for a moment; the next run takes them. */
async function findBack(found: Survey, { known, availability }: SurveySettings): Promise<void> {
  const { name, folder } = found.source;
  const paths = found.vanished.map((path) => join(folder, path));
  const back = await availability.back(found.source, paths);
  for (const path of found.vanished.filter((one) => back.has(join(folder, one)))) {
    found.found += 1;
    const entry = known.find(name, path);
    if (entry) found.present.add(entry.fileId);
  }
}

async function surveyOnce(source: PlannedSource, settings: SurveySettings): Promise<Survey> {
  const found = emptySurvey(source, settings);
  const { availability, shortcuts } = settings;
  const request = {
    source: source.name,
    folder: source.folder,
    access: source.access,
    deadlines: source.settings.deadlines,
    patterns: source.patterns,
    exclude: source.settings.exclude,
    inFlight: availability.inFlight,
    dated: source.dated,
    hidden: availability.hiddenDevice(source),
    ...shortcuts,
  };
  const { hear, sortRest } = sorter(found, settings);
  found.report = await scan(request, hear, availability.system);
  sortRest();
  return found;
}

/** A file and when the scan came upon it. */
interface Sighting {
  readonly file: SourceFile;
  readonly atNs: bigint;
}

/** Sorts what a scan comes upon, but for what lies outside the shard; some files together, which is faster. */
function sorter(found: Survey, settings: SurveySettings): { hear: ScanListener; sortRest: () => void } {
  const { known, availability, shard, counted } = settings;
  const { name } = found.source;
  const isOurs = (path: string) => shard === null || isInShard(name, path, shard);
  let waiting: Sighting[] = [];
  const sortRest = () => {
    const sightings = waiting;
    waiting = [];
    known.together(() => {
      for (const sighting of sightings) sort(found, sighting, settings);
    });
  };
  let files = 0;
  const hear: ScanListener = {
    file: (file) => {
      availability.signal.throwIfAborted();
      availability.shown(found.source);
      files += 1;
      if (isOurs(file.path)) waiting.push({ file, atNs: nowNs() });
      if (files % filesTogether !== 0) return;
      counted(files);
      sortRest();
    },
    undecodable: (path) => {
      if (!isOurs(path)) return;
      found.undecodable.push(path);
      const entry = known.find(name, path);
      if (entry) found.present.add(entry.fileId);
    },
    vanished: (path) => {
      if (isOurs(path)) found.vanished.push(path);
    },
  };
  return { hear, sortRest };
}

function emptySurvey(source: PlannedSource, { runId, shortcuts }: SurveySettings): Survey {
  return {
    source,
    runId,
    startedAtNs: nowNs(),
    floor: shortcuts.floor,
    complaint: null,
    candidates: [],
    settling: new Set(),
    unchanged: new UnchangedFiles(),
    doubted: [],
    standing: new IdSet(),
    held: [],
    undecodable: [],
    vanished: [],
    unfitting: [],
    outdated: [],
    skipped: 0,
    present: new IdSet(),
    absent: null,
    found: 0,
    report: emptyReport(),
  };
}

/** Puts one file where the ledger says it belongs. */
function sort(found: Survey, { file, atNs }: Sighting, settings: SurveySettings): void {
  found.found += 1;
  const entry = settings.known.find(file.source, file.path);
  if (entry) found.present.add(entry.fileId);
  const place = found.source.placeOf(file.path);
  if (place.constants.length > 0 && place.constants.every(([, value]) => value === '')) {
    found.unfitting.push(file.path);
  }
  const { force, checksum, acceptShrink } = settings;
  const { settingsHash } = place;
  const decision = decide(entry, file, { settingsHash, force, checksum, acceptShrink });
  if (entry && decision.action === 'skip' && decision.outcome === 'unchanged')
    found.standing.add(entry.fileId);
  if (entry && decision.action === 'skip' && decision.outcome === 'held')
    noteOutdated(found, { ...entry, path: file.path });
  const due = decision.action === 'read' && decision.reason === 'retry';
  if (!due && !isWithin(file, settings.span)) {
    found.skipped += 1;
  } else if (decision.action === 'read') {
    const known = knownContent(entry, decision, settingsHash, place.rule.rule.dedupe === 'key');
    const lastLook = entry?.sha256 ? { sha256: entry.sha256, atNs: entry.lookedAtNs } : null;
    const { rule, constants, parseKey } = place;
    const { reason, verify } = decision;
    // Field by field: what is spread from several objects has a layout of its own, which takes more room than the fields.
    const candidate: Candidate = {
      rule,
      constants,
      settingsHash,
      parseKey,
      file,
      source: found.source,
      reason,
      verify,
      known,
      lastLook,
    };
    found.candidates.push(candidate);
    if (isUnsettled(file, atNs, found.source.settings.settleMs)) found.settling.add(candidate);
  } else if (entry) {
    if (decision.outcome === 'held') found.held.push({ file, entry });
    else if (isDoubted(entry)) found.doubted.push({ file, entry });
    else found.unchanged.add(file, entry.table);
  }
}

function isDoubted({ status, missingScans, maybeRenamed }: KnownFile): boolean {
  return status === 'missing' || missingScans > 0 || maybeRenamed === 1;
}

function isWithin(file: Fingerprint, span: Span): boolean {
  return (
    (span.since === null || file.mtimeNs >= span.since) && (span.until === null || file.mtimeNs <= span.until)
  );
}

/** The content a file need not be parsed again for; by key the mtime is part of it. */
function knownContent(
  entry: KnownFile | undefined,
  decision: { reason: string; verify: boolean },
  settingsHash: string,
  byKey: boolean,
): Candidate['known'] {
  if (!entry || entry.sha256 === null || entry.settingsHash !== settingsHash) return null;
  if (decision.reason === 'forced' || (byKey && !decision.verify)) return null;
  return { sha256: entry.sha256, size: entry.size };
}
