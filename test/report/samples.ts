import fc from 'fast-check';
import {
  type FileCounts,
  type FileEvent,
  noFiles,
  noRows,
  type RejectEvent,
  type RowCounts,
  type SourceSummary,
  type Summary,
} from '../../src/domain/event.ts';
import { outcomes } from '../../src/domain/file.ts';
import type { RejectGroup } from '../../src/report/trouble.ts';

export const files = (some: Partial<FileCounts>): FileCounts => ({ ...noFiles(), ...some });
export const rows = (some: Partial<RowCounts>): RowCounts => ({ ...noRows(), ...some });

/** A summary of one healthy source that saw nothing, but for what is given. */
export function summaryOf(some: Partial<Summary> = {}): Summary {
  return {
    type: 'summary',
    runId: 7,
    exitCode: 0,
    seconds: 12.4,
    files: noFiles(),
    rows: noRows(),
    skipped: 0,
    missing: 0,
    bytesRead: 0,
    stages: { scan: 0, read: 0, parse: 0, write: 0 },
    cache: { hits: 0, misses: 0, bytesSaved: 0, secondsSaved: 0 },
    sources: [],
    warnings: [],
    ...some,
  };
}

export function fileEvent(some: Partial<FileEvent> = {}): FileEvent {
  return {
    type: 'file',
    source: 'xray',
    path: 'a_lot.csv',
    outcome: 'loaded',
    reason: 'new',
    size: 10,
    ...some,
  };
}

/** Text with much that a terminal or a column count stumbles over. */
export const roughText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\n',
        '\r',
        '\u009b',
        '\u202e',
        '\u007f',
        '測',
        '👩‍👩‍👧',
        'e\u0301',
        '\ud800',
        'a/',
        ' ',
      ),
    )
    .map((parts) => parts.join('')),
);

const natural = fc.oneof(fc.constant(0), fc.nat(), fc.maxSafeNat());
const seconds = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e7, noNaN: true }));
const fileCounts = fc.record({
  seen: natural,
  loaded: natural,
  unchanged: natural,
  touched: natural,
  duplicate: natural,
  renamed: natural,
  deferred: natural,
  held: natural,
  failed: natural,
  vanished: natural,
});
const rowCounts = fc.record({
  parsed: natural,
  inserted: natural,
  deduplicated: natural,
  rejected: natural,
  removed: natural,
  children: natural,
});
const source: fc.Arbitrary<SourceSummary> = fc.record({
  name: roughText,
  state: fc.constantFrom('healthy', 'unreachable'),
  files: fileCounts,
  rows: rowCounts,
});

export const anySummary: fc.Arbitrary<Summary> = fc.record({
  type: fc.constant('summary'),
  runId: fc.option(natural),
  exitCode: fc.constantFrom(0, 1, 2, 3, 4, 11, 130, 143),
  seconds,
  files: fileCounts,
  rows: rowCounts,
  skipped: natural,
  missing: natural,
  bytesRead: natural,
  stages: fc.record({ scan: seconds, read: seconds, parse: seconds, write: seconds }),
  cache: fc.record({ hits: natural, misses: natural, bytesSaved: natural, secondsSaved: seconds }),
  sources: fc.array(source, { maxLength: 5 }),
  warnings: fc.array(fc.record({ code: fc.constant('renamed'), message: roughText, hint: roughText }), {
    maxLength: 12,
  }),
});

/** Rejects of one code. */
export function rejectGroup(code: string, records: number, some: Partial<RejectEvent> = {}): RejectGroup {
  const place = { source: 'xray', path: 'a_lot.csv', line: 3, byteOffset: 20, column: null };
  const message = '3 fields, but the header has 2.';
  return { code, records, example: { type: 'reject', ...place, code, message, raw: '1,2,3', ...some } };
}

export const anyRejectGroup: fc.Arbitrary<RejectGroup> = fc
  .tuple(roughText, natural, roughText, fc.option(natural), roughText)
  .map(([code, records, path, line, message]) => rejectGroup(code, records, { path, line, message }));

const error = fc.record({ code: roughText, message: roughText, hint: roughText });

export const anyFileEvent: fc.Arbitrary<FileEvent> = fc.record(
  {
    type: fc.constant('file'),
    source: roughText,
    path: roughText,
    outcome: fc.constantFrom(...outcomes),
    reason: roughText,
    size: natural,
    table: roughText,
    rows: rowCounts,
    duplicateOf: roughText,
    renamedFrom: roughText,
    error,
    format: roughText,
  },
  { requiredKeys: ['type', 'source', 'path', 'outcome', 'reason', 'size'] },
);
