import type { PreambleEntry } from '../../src/format/preamble.ts';
import {
  type Cell,
  type ChildOrigin,
  type RecordReader,
  type RecordReject,
  type RecordSink,
  recordsOf,
} from '../../src/format/record.ts';

/** A child table as it was found; the `parent` of a row is its place among those of its parent table. */
export interface FoundChildren extends ChildOrigin {
  columns: string[];
  rows: { parent: number; index: number; cells: Cell[] }[];
}

/** What a reader found, with each record under the names its columns had at the end. */
export interface Found {
  columns: string[] | null;
  rows: Cell[][];
  lines: number[];
  rejects: RecordReject[];
  preamble: PreambleEntry[];
  decimalComma: boolean;
  warnings: string[];
  children: FoundChildren[];
}

/**
 * Reads `bytes` in chunks of the given sizes, over and over, of which the last may come with the end; checks what a sink
 * may rely on. `ownCells`: places that a reader must leave free, 0 or 1.
 */
export function collect(
  open: (sink: RecordSink) => RecordReader,
  bytes: string | Buffer,
  chunkSizes: readonly number[] = [1 << 20],
  ownCells = 1,
): Found {
  const found: Found = {
    columns: null,
    rows: [],
    lines: [],
    rejects: [],
    preamble: [],
    decimalComma: false,
    warnings: [],
    children: [],
  };
  const reader = open(sinkInto(found, ownCells));
  const all = Buffer.from(bytes);
  const chunk = Buffer.alloc(Math.max(...chunkSizes));
  let last: Buffer | undefined;
  for (let from = 0, turn = 0; from < all.length; turn++) {
    const size = chunkSizes[turn % chunkSizes.length] ?? 1;
    const copied = all.copy(chunk, 0, from, from + size);
    from += copied;
    if (from === all.length && turn % 2 === 0) last = chunk.subarray(0, copied);
    else {
      reader.push(chunk.subarray(0, copied));
      chunk.fill('?');
    }
  }
  reader.end(last);
  const width = found.columns?.length ?? 0;
  for (const row of found.rows) while (row.length < width) row.push(null);
  return found;
}

function sinkInto(found: Found, ownCells: number): RecordSink {
  return {
    preamble(entries) {
      found.preamble.push(...entries);
    },
    columns(names, decimalComma = false) {
      found.decimalComma = decimalComma;
      const known = found.columns ?? [];
      if (known.some((name, index) => names[index] !== name)) throw new Error('columns must only be added');
      found.columns = [...names];
    },
    childColumns(table, origin, names) {
      const { rows = [] } = found.children[table] ?? {};
      found.children[table] = { ...origin, columns: [...names], rows };
    },
    ownCells,
    block(cells, lists = null) {
      cells.lead(ownCells === 0 ? [] : ['own']);
      for (let record = 0; record < cells.records; record++) {
        const isKept = ownCells === 0 || cells.text(record * cells.width) === 'own';
        if (!isKept) throw new Error('the free place was used');
      }
      return this.records(recordsOf(cells, lists, ownCells));
    },
    records(batch) {
      for (const { cells, line, children } of batch) {
        if (cells.length > (found.columns?.length ?? -1)) throw new Error('a record has too many cells');
        const places: number[] = [];
        for (const { table, parent, index, cells: own } of children) {
          const child = found.children[table];
          if (!child || own.length > child.columns.length) throw new Error('a row has too many cells');
          const place = parent < 0 ? found.rows.length : (places[parent] ?? -1);
          places.push(child.rows.push({ parent: place, index, cells: [...own] }) - 1);
        }
        found.rows.push([...cells]);
        found.lines.push(line);
      }
      return new Map();
    },
    reject(reject) {
      found.rejects.push(reject);
    },
    warn(code, message) {
      found.warnings.push(`${code}: ${message}`);
    },
  };
}
