import type { Connection } from './database.js';
import { type PrefixPart, RowPrefixes } from './rowPrefixes.js';

/** The prefixes of a table's older rows, and the last record of these. */
export interface SavedPrefixes {
  readonly prefixes: RowPrefixes;
  readonly indexedTo: number;
}

interface SavedPart {
  readonly part: number;
  readonly indexedTo: number;
  readonly starts: Buffer;
  readonly lows: Buffer;
}

/** Reads a table's prefixes from `_ingest_row_prefixes`; none of them and 0 where none are saved. */
export function loadPrefixes(db: Connection, table: string): SavedPrefixes {
  const saved = db.prepare(
    'SELECT part, indexed_to AS indexedTo, starts, lows FROM _ingest_row_prefixes WHERE table_name = ?',
  );
  const prefixes = new RowPrefixes();
  let indexedTo = 0;
  const parts = function* () {
    for (const row of saved.iterate(table) as Iterable<SavedPart>) {
      indexedTo = row.indexedTo;
      yield [row.part, partOf(row)] as const;
    }
  };
  prefixes.fill(parts());
  return { prefixes, indexedTo };
}

/** Saves prefixes, of all rows up to the record `indexedTo`. */
export function savePrefixes(db: Connection, table: string, prefixes: RowPrefixes, indexedTo: number): void {
  const save = db.prepare(
    `INSERT INTO _ingest_row_prefixes (table_name, part, indexed_to, starts, lows) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET indexed_to = excluded.indexed_to, starts = excluded.starts, lows = excluded.lows`,
  );
  for (const [part, { starts, lows }] of prefixes.parts())
    save.run(table, part, indexedTo, bytesOf(starts), bytesOf(lows.subarray(0, starts.at(-1))));
}

/** Forgets the saved prefixes of a table. */
export function forgetPrefixes(db: Connection, table: string): void {
  db.prepare('DELETE FROM _ingest_row_prefixes WHERE table_name = ?').run(table);
}

/** A view, not a copy. */
function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function partOf({ starts, lows }: SavedPart): PrefixPart {
  return {
    starts: new Uint32Array(alignedBuffer(starts), 0, starts.length / 4),
    lows: new Uint16Array(alignedBuffer(lows), 0, lows.length / 2),
  };
}

/** The bytes as a buffer of their own: theirs, or a copy where it is shared. */
function alignedBuffer(bytes: Buffer): ArrayBufferLike {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : Uint8Array.from(bytes).buffer;
}
