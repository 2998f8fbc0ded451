import { CsvReader } from './csv.js';
import type { LaneAdmission } from './csv-lane.js';
import { JsonReader } from './json.js';
import type { RecordSink } from './record.js';
import type { BlockReader, Opening } from './spread.js';

/** Reads blocks of a file that another reader has opened; `lanes`: the shapes that need not be read by csv-parse. */
export function blockReader(opening: Opening, lanes: LaneAdmission, sink: RecordSink): BlockReader {
  if (opening.format === 'json') {
    const reader = new JsonReader(sink, opening.options);
    reader.enter(opening.inArray, opening.known);
    return { read: (block) => reader.readBlock(block), end: () => {} };
  }
  const { options, lane, columns } = opening;
  const reader = new CsvReader(sink, { ...options, lanes: lane === 'refused' ? null : lanes, helpers: null });
  reader.enter(columns, lane === 'admitted');
  return { read: (block) => (reader.readBlock(block) ? [] : null), end: () => reader.end() };
}
