import { identitiesTable, identityBytes } from '../domain/segment.js';
import {
  type Arrival,
  checkInserted,
  inSteps,
  insertShape,
  recordId,
  type SegmentTables,
} from './arrival.js';
import { nthIdentity } from './identity.js';
import { noteShares, notShared, type Places, prepareShared } from './placeByRow.js';
import type { Refused } from './refusal.js';
import type { RowIdentities } from './rowIdentities.js';
import { learnLateShares, learnShares } from './rowShares.js';
import type { RecordRange, Table } from './table.js';

/** A file that has rows already, to which records are added. */
export interface Growing {
  readonly fileId: number;
  /** Of all its records. */
  readonly range: RecordRange;
}

/**
 * Adds records to a file that has rows, behind which later files may have come: the records of a segment's shape 0, in
 * stretches whose record ids follow each other. With `byRow`, those that equal a row of another file share it. Lists
 * what the database refuses; returns how many records share a row.
 */
export function placeLate(
  places: Places,
  table: Table,
  segment: SegmentTables,
  {
    file,
    stretches,
    byRow,
  }: { readonly file: Growing; readonly stretches: readonly Arrival[]; readonly byRow: boolean },
  refused: Refused[],
): number {
  const { db, identities } = places;
  prepareShared(db);
  const shared = byRow ? claimed(places, table, segment, { file, stretches }) : 0;
  let inserted = 0;
  for (const _ of inSteps(db, stretches)) {
    if (shared > 0) noteShares(db, table, segment, 0);
    inserted += insertShape(db, segment, 0, table, refused, shared > 0 ? notShared : '');
  }
  const records = stretches.reduce((sum, { stored }) => sum + stored, 0);
  checkInserted(`table ${table.name}`, inserted, records - shared - refused.length);
  if (byRow) for (const { n } of refused) identities.of(table).release(recordId(stretchOf(stretches, n), n));
  return shared;
}

/** Claims the records' identities; returns how many share a row. */
function claimed(
  places: Places,
  table: Table,
  segment: SegmentTables,
  { file, stretches }: { readonly file: Growing; readonly stretches: readonly Arrival[] },
): number {
  for (const _ of learnShares(places.db));
  const shared = new Claims(places, table, file).claim(segment, stretches);
  learnLateShares(places.db);
  return shared;
}

function stretchOf(stretches: readonly Arrival[], n: number): Arrival | undefined {
  return stretches.find((arrival) =>
    arrival.stretches.some(({ firstN, stored }) => n >= firstN && n < firstN + stored),
  );
}

/** Claims the identities of a growing file's records: the n-th equal record of a file is equal only to the n-th of another. */
class Claims {
  readonly #identities: RowIdentities;
  readonly #holds: (row: number) => boolean;
  /** Rows of other files that records share. */
  readonly #shared = new Set<number>();
  /** How many equal records the file is known to hold, by their first identity in hex. */
  readonly #held = new Map<string, number>();

  constructor(
    readonly places: Places,
    table: Table,
    { fileId, range }: Growing,
  ) {
    this.#identities = places.identities.of(table);
    const shares = places.db.prepare(
      `SELECT 1 FROM _ingest_row_shares s JOIN _ingest_row_files f ON f.record_id = s.record_id
       WHERE s.row_id = ? AND f.file_id = ?`,
    );
    this.#holds = (row) =>
      (row >= range.first && row <= range.last) ||
      this.#shared.has(row) ||
      shares.get(row, fileId) !== undefined;
  }

  /** Lists the records that share a row, and counts them. */
  claim({ schema }: SegmentTables, stretches: readonly Arrival[]): number {
    const { db } = this.places;
    const share = db.prepare('INSERT INTO temp._ingest_shared VALUES (?, ?)');
    const blocks = db.prepare(
      `SELECT first_n AS first, identities FROM ${schema}.${identitiesTable} ORDER BY 1`,
    );
    let shared = 0;
    for (const { first, identities } of blocks.all() as { first: number; identities: Buffer }[]) {
      for (let at = 0; at < identities.length; at += identityBytes) {
        const n = first + at / identityBytes;
        const record = recordId(stretchOf(stretches, n), n);
        const row = this.#claimOne(record, identities.subarray(at, at + identityBytes));
        if (row === null) continue;
        share.run(record, row);
        shared += 1;
      }
    }
    return shared;
  }

  /** Claims the first identity of a record that its file does not hold yet; returns the row that has it. */
  #claimOne(record: number, first: Buffer): number | null {
    const name = first.toString('hex');
    for (let nth = (this.#held.get(name) ?? 0) + 1; ; nth += 1) {
      const identity = nth === 1 ? first : nthIdentity(first, nth);
      const row = this.#identities.rowOf(identity);
      if (row !== null && this.#holds(row)) continue;
      this.#held.set(name, nth);
      this.#identities.claimLate(record, row === null ? identity : null);
      if (row !== null) this.#shared.add(row);
      return row;
    }
  }
}
