import type { Reading } from '../domain/reading.js';
import type { SegmentFile, Shape } from '../domain/segment.js';
import type { CsvSettings, Dedupe, ParseSettings } from '../domain/settings.js';
import { RecordAgain } from '../format/csv-again.js';
import { type Cell, flatRecord } from '../format/record.js';
import { Recorder } from '../parse/recorder.js';
import { BoundFile } from '../segment/boundFile.js';
import { SegmentWriter } from '../segment/writer.js';
import type { KeptReject, StoredReject } from '../store/rejects.js';

/** Why a reject cannot become a row today. */
export type Problem = Pick<StoredReject, 'column' | 'code' | 'message'>;

/** What the rejects of one file come to. */
export interface ReadRejects {
  /** Those that became records: the i-th has `n` = i in the segment, and they all have shape 0. */
  readonly records: readonly KeptReject[];
  readonly rejected: readonly { readonly reject: KeptReject; readonly problem: Problem }[];
  readonly dedupe: Dedupe;
  readonly constants: Reading['constants'];
  readonly part: SegmentFile;
  readonly shapes: readonly Shape[];
}

/** Reads the text of a file's rejects as the file was read, but by today's settings, into a segment. */
export function readAgain(
  rejects: readonly KeptReject[],
  reading: Reading,
  parse: ParseSettings,
  segmentPath: string,
): ReadRejects {
  const segment = new SegmentWriter(new BoundFile(segmentPath));
  // What stood above the records are constants by now, where it makes columns.
  const today = { ...parse, csv: { ...parse.csv, preamble: 'auto' as const } };
  const identity = { dedupe: reading.dedupe, key: reading.key };
  const recorder = new Recorder(segment, { constants: [], identity, parse: today });
  recorder.preamble(reading.preamble);
  recorder.columns(reading.columns, reading.csv?.decimalComma ?? false);
  const cellsOf = reader(reading, parse);
  const records: KeptReject[] = [];
  const rejected: ReadRejects['rejected'][number][] = [];
  for (const reject of rejects) {
    const again = cellsOf(reject);
    const problem =
      'cells' in again ? recorder.records([flatRecord(again.cells, reject.line ?? 0)]).get(0) : again.problem;
    if (problem === undefined) records.push(reject);
    else rejected.push({ reject, problem: reject.code === 'refused' ? reject : problem });
  }
  segment.close();
  const { dedupe, constants } = reading;
  return { records, rejected, dedupe, constants, part: recorder.part(), shapes: segment.shapes };
}

type Again = { readonly cells: readonly Cell[] } | { readonly problem: Problem };

/** Codes of rejects whose text is not the record byte for byte. */
const incomplete: ReadonlySet<string> = new Set(['encoding', 'record_too_large']);
/** A byte that did not decode. */
const undecoded = /\\x[0-9a-f]{2}/;

function reader(reading: Reading, parse: ParseSettings): (reject: KeptReject) => Again {
  const { columns, constants, csv } = reading;
  const before = constants.map(([, value]) => (value === '' ? null : value));
  const shape = {
    columns: columns.length - before.length,
    pad: parse.ragged === 'pad',
    nulls: new Set(parse.nulls),
  };
  const again = csv && new RecordAgain({ ...csv, ...said(parse.csv) }, shape);
  return (reject) => {
    if (reject.code === 'refused') return { cells: refusedCells(reject.raw, columns) };
    const isWhole =
      !incomplete.has(reject.code) && !(reject.code === 'broken_quote' && undecoded.test(reject.raw));
    const read = isWhole ? again?.read(reject.raw) : null;
    if (!read) return { problem: reject };
    return 'cells' in read ? { cells: [...before, ...read.cells] } : read;
  };
}

/** What today's settings say of the dialect. */
function said({ delimiter, quote, escape: written }: CsvSettings): Partial<NonNullable<Reading['csv']>> {
  return {
    ...(delimiter === 'auto' ? {} : { delimiter: delimiter.charAt(0), spaced: delimiter.endsWith(' ') }),
    ...(quote === 'auto' ? {} : { quote: quote === 'none' ? null : quote }),
    ...(written === 'auto' ? {} : { escape: written }),
  };
}

/** The cells of a record that the database refused, which its reject holds as JSON by column. */
function refusedCells(raw: string, columns: readonly string[]): Cell[] {
  const record = new Map(Object.entries(JSON.parse(raw) as Record<string, Cell>));
  return columns.map((name) => record.get(name) ?? null);
}
