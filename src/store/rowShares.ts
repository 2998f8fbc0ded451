import { Counter } from './counter.js';
import type { Connection } from './database.js';
import type { RecordRange, Steps } from './table.js';

/** Shares that are learnt at a time, so that a signal is heard in between. */
const sharesAtOnce = 500_000;

/**
 * `_ingest_row_files` has the shares of rows by the record that shares: they are written in order. `_ingest_row_shares`
 * has the same by row, which is asked for only where a file gives its rows up; an index would be written at random, a
 * page for each share in a large table. Instead the shares up to a record, the last that is known, stand in it in full,
 * and those behind it are learnt, sorted, when somebody is about to ask.
 */
function knownTo(db: Connection): Counter {
  return new Counter(db, 'row_shares_known_to');
}

/** Learns all shares, in the caller's transaction. */
export function* learnShares(db: Connection): Steps<void> {
  const last = Number(db.prepare('SELECT max(record_id) FROM _ingest_row_files').pluck().get() ?? 0);
  const known = knownTo(db);
  const ends = db
    .prepare(
      'SELECT record_id FROM _ingest_row_files WHERE record_id > ? ORDER BY record_id LIMIT 1 OFFSET ?',
    )
    .pluck();
  const learn = db.prepare(
    `INSERT INTO _ingest_row_shares SELECT row_id, record_id FROM _ingest_row_files
     WHERE record_id > ? AND record_id <= ? ORDER BY row_id, record_id`,
  );
  for (let from = known.value; from < last; ) {
    const to = Number(ends.get(from, sharesAtOnce) ?? last);
    learn.run(from, to);
    known.add(to - from);
    from = to;
    yield;
  }
}

/** Learns those of `temp._ingest_shared` that come behind the last that is known. */
export function learnLateShares(db: Connection): void {
  db.prepare(
    'INSERT INTO _ingest_row_shares SELECT row_id, record_id FROM temp._ingest_shared WHERE record_id <= ?',
  ).run(knownTo(db).value);
}

/** Takes the shares away that a range of records has. */
export function removeShares(db: Connection, { first, last }: RecordRange): void {
  db.prepare(
    `DELETE FROM _ingest_row_shares WHERE (row_id, record_id) IN (
       SELECT row_id, record_id FROM _ingest_row_files WHERE record_id BETWEEN ? AND ?)`,
  ).run(first, last);
  db.prepare('DELETE FROM _ingest_row_files WHERE record_id BETWEEN ? AND ?').run(first, last);
}

/** Takes the shares in rows of a table away. `table`: its name, folded. */
export function removeSharesOf(db: Connection, table: string): void {
  const own = '_ingest_row_files WHERE lower(table_name) = ?';
  db.prepare(
    `DELETE FROM _ingest_row_shares WHERE (row_id, record_id) IN (SELECT row_id, record_id FROM ${own})`,
  ).run(table);
  db.prepare(`DELETE FROM ${own}`).run(table);
}

/**
 * Chooses for each row of a range that is shared the first record that shares it, in `temp._ingest_heirs`; returns
 * whether there are any. All shares must be known.
 */
export function chooseHeirs(db: Connection, { first, last }: RecordRange): boolean {
  db.exec(
    `CREATE TEMP TABLE IF NOT EXISTS _ingest_heirs (
       row_id INTEGER PRIMARY KEY, record_id INTEGER NOT NULL, file_id INTEGER NOT NULL, line INTEGER
     );
     DELETE FROM temp._ingest_heirs`,
  );
  // SQLite takes the bare columns from the row that has the minimum.
  const chosen = db
    .prepare(
      `INSERT INTO temp._ingest_heirs SELECT s.row_id, min(s.record_id), f.file_id, f.line
       FROM _ingest_row_shares s JOIN _ingest_row_files f ON f.record_id = s.record_id
       WHERE s.row_id BETWEEN ? AND ? GROUP BY s.row_id`,
    )
    .run(first, last);
  return chosen.changes > 0;
}

/** Makes the heirs' records the rows that the others share. */
export function passOnShares(db: Connection): void {
  db.exec(
    `DELETE FROM _ingest_row_files WHERE record_id IN (SELECT record_id FROM temp._ingest_heirs);
     UPDATE _ingest_row_files SET row_id = h.record_id
     FROM temp._ingest_heirs h JOIN _ingest_row_shares s ON s.row_id = h.row_id
     WHERE _ingest_row_files.record_id = s.record_id;
     INSERT INTO _ingest_row_shares SELECT h.record_id, s.record_id
     FROM temp._ingest_heirs h JOIN _ingest_row_shares s ON s.row_id = h.row_id WHERE s.record_id <> h.record_id;
     DELETE FROM _ingest_row_shares WHERE row_id IN (SELECT row_id FROM temp._ingest_heirs)`,
  );
}
