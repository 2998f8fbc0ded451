import { ExitCode } from '../domain/errors.js';
import type { Complaint } from '../share/health.js';
import type { KnownFiles } from '../store/knownFiles.js';
import type { Store } from '../store/store.js';
import { absentIn, isComplete } from './gone.js';
import type { RunRecord } from './record.js';
import type { Survey } from './survey.js';
import type { Tally } from './tally.js';
import { isFull, isPassedOver } from './thrift.js';

const advice = {
  unreachable: 'Mount the share or mend the path, then run again.',
  unhealthy:
    'Check that the share is mounted and whole. If the files were deleted or moved on purpose, run with --accept-shrink.',
} as const;

/** Marks a source as not to be believed and says why; `consequence` is what that means for its files. */
export function setAside(
  record: RunRecord,
  { source }: Survey,
  { state, why }: Complaint,
  consequence = 'Nothing of it was changed or loaded.',
): void {
  record.tally.source(source.name).state = state;
  record.warn({
    code: `source_${state}`,
    message: `Source ${source.name}: ${source.folder}: ${why}. ${consequence}`,
    hint: advice[state],
    source: source.name,
  });
}

/** Whether a source is believed so far. */
export function isHealthy({ complaint }: Survey): boolean {
  return complaint === null;
}

/** Warns of folders that could not be listed, links that were not followed, and path columns that fit nothing. */
export function warnOfScan(record: RunRecord, { source, report, unfitting }: Survey): void {
  const [path, ...morePaths] = unfitting;
  if (path !== undefined) {
    record.warn({
      code: 'path_columns_unfitting',
      message: `Source ${source.name}: its "pathColumns" do not fit ${path}${andMore(morePaths)}; these columns are NULL there.`,
      hint: 'Mend "pathColumns", or give such files an entry of their own in "tables".',
      source: source.name,
    });
  }
  const [error, ...moreErrors] = report.errors;
  if (error) {
    record.warn({
      code: 'scan_incomplete',
      message: `Source ${source.name}: ${error.path}${andMore(moreErrors)} cannot be read (${error.code}); the rest was taken.`,
      hint: 'Give the user that runs ingest the right to read it, or add it to "exclude".',
      source: source.name,
    });
  }
  const [link, ...moreLinks] = report.links;
  if (link !== undefined) {
    record.warn({
      code: 'links_not_followed',
      message: `Source ${source.name}: symbolic links are not followed: ${link}${andMore(moreLinks)}.`,
      hint: 'Name the place a link leads to as a root of its own if its files are wanted.',
      source: source.name,
    });
  }
}

function andMore(rest: readonly unknown[]): string {
  return rest.length > 0 ? ` and ${rest.length} more` : '';
}

/**
 * Why a scan that went well must not be believed, or null: it found fewer files than the source must have, or it is
 * empty, or short of more than half of the files that its last complete scan found in the folders scanned now. New files make up for lost
 * ones, as when a folder was renamed.
 */
export function whyTooFew(
  store: Store,
  known: KnownFiles,
  survey: Survey,
  acceptShrink: boolean,
): Complaint | null {
  if (!isComplete(survey)) return null;
  const { minFiles } = survey.source.settings.health;
  const why =
    isFull(survey) && survey.found < minFiles
      ? `it has ${survey.found} files, fewer than its "minFiles" of ${minFiles}`
      : acceptShrink
        ? null
        : whyShort(store, known, survey);
  return why === null ? null : { state: 'unhealthy', why };
}

function whyShort(store: Store, files: KnownFiles, survey: Survey): string | null {
  if (absentIn(survey, files).length === 0) return null;
  let known = 0;
  let lost = 0;
  for (const entry of store.ledger.ofSource(survey.source.name)) {
    if (entry.status === 'missing' || entry.missingScans > 0 || !survey.source.chooses(entry.path)) continue;
    if (isPassedOver(survey, entry.path)) continue;
    known += 1;
    if (!survey.present.has(entry.fileId)) lost += 1;
  }
  const short = lost - Math.max(0, survey.found - (known - lost));
  if (known === 0 || short * 2 <= known) return null;
  return lost === known
    ? `none of its ${known} known files is there`
    : `${lost} of its ${known} known files are gone`;
}

/** The exit code of a run that came to its end. */
export function exitCodeOf(tally: Tally, surveys: readonly Survey[]): ExitCode {
  const { files, rows } = tally.totals();
  if ([...tally.sources.values()].some(({ state }) => state !== 'healthy')) return ExitCode.sourceDown;
  const incomplete = surveys.some(({ report }) => report.errors.length > 0);
  const partial = files.failed > 0 || files.held > 0 || rows.rejected > 0 || incomplete;
  return partial ? ExitCode.partial : ExitCode.done;
}
