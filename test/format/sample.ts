import { expect } from 'vitest';
import type { CsvSettings, ParseSettings } from '../../src/domain/settings.ts';
import { LaneAdmission } from '../../src/format/csv-lane.ts';
import { DialectMemory } from '../../src/format/dialect-memory.ts';
import { nothingLearnt, SampledReader } from '../../src/format/sampled.ts';
import { collect, type Found } from './collect.ts';
import { OpenLanes } from './openLanes.ts';

/** Nothing is said of a file: all is found. */
export const unsaid: ParseSettings = {
  types: 'auto',
  csv: {
    encoding: 'auto',
    delimiter: 'auto',
    quote: 'auto',
    escape: 'auto',
    header: 'auto',
    preamble: 'auto',
    units: 'keep',
    decimal: 'auto',
    engine: 'auto',
  },
  nulls: [''],
  ragged: 'reject',
  maxRecordBytes: 10 * 1024 * 1024,
  validate: {},
  records: [],
  children: {},
  redact: { columns: {}, names: [] },
};

export interface Sampled extends Found {
  /** How the file was understood. */
  readonly format: string;
  readonly reasons: readonly string[];
}

/** Reads a whole file as the program does, with nothing said but `csv` and `more`. */
export function readFile(
  bytes: string | Buffer,
  csv: Partial<CsvSettings> = {},
  more: Partial<ParseSettings> = {},
  path = 'file.csv',
  memory = new DialectMemory(),
): Sampled {
  const parse = { ...unsaid, ...more, csv: { ...unsaid.csv, ...csv } };
  const by = (lanes: LaneAdmission, ownCells?: number): Sampled => {
    const facts = { path, parse, memory, lanes, helpers: null, batchRows: 50_000, learnt: nothingLearnt };
    const readers: SampledReader[] = [];
    const open: Parameters<typeof collect>[0] = (sink) => {
      const reader = new SampledReader(sink, facts);
      readers.push(reader);
      return reader;
    };
    const found = collect(open, bytes, undefined, ownCells);
    const [reader] = readers;
    return { ...found, format: reader?.format ?? '', reasons: reader?.reasons ?? [] };
  };
  const found = by(new LaneAdmission());
  const { reasons: _, ...laned } = by(new OpenLanes());
  // The lane reads the same; only why a dialect was taken may differ, as it is remembered by then.
  expect(laned).toEqual({ ...found, reasons: undefined });
  // Where no place is left free, records may have been cut ahead to know the dialect again.
  expect(by(new OpenLanes(), 0)).toEqual({ ...found, reasons: expect.anything() });
  return found;
}
