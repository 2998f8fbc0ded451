import { ExitCode } from '../domain/errors.js';
import type { RunRecord } from './record.js';
import type { Survey } from './survey.js';
import type { Tally } from './tally.js';

const advice = {
  unreachable: 'Mount the share or mend the path, then run again.',
  unhealthy:
    'Check that the share is mounted and whole. If the files were deleted on purpose, run with --accept-shrink.',
} as const;

/** Marks a source as not to be believed and says why. */
export function setAside(
  record: RunRecord,
  { source }: Survey,
  state: 'unreachable' | 'unhealthy',
  why: string,
): void {
  record.tally.source(source.name).state = state;
  record.warn({
    code: `source_${state}`,
    message: `Source ${source.name}: ${source.folder}: ${why}. Nothing of it was changed or loaded.`,
    hint: advice[state],
    source: source.name,
  });
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

/** The exit code of a run that came to its end. */
export function exitCodeOf(tally: Tally, surveys: readonly Survey[]): ExitCode {
  const { files, rows } = tally.totals();
  if ([...tally.sources.values()].some(({ state }) => state !== 'healthy')) return ExitCode.sourceDown;
  const incomplete = surveys.some(({ report }) => report.errors.length > 0);
  const partial = files.failed > 0 || files.held > 0 || rows.rejected > 0 || incomplete;
  return partial ? ExitCode.partial : ExitCode.done;
}
