import type { Statement } from 'better-sqlite3';
import { identitiesPerBlock, identityBytes } from '../domain/segment.js';
import type { Connection } from './database.js';
import { tableExists } from './identityTable.js';
import { quoted } from './sql.js';

/** The identities of consecutive records; zeros stand for a record without a row of its own. */
export interface IdentityBlock {
  readonly first: number;
  readonly identities: Buffer;
}

const none = Buffer.alloc(identityBytes);

/**
 * `_ingest_row_identity_<table>`: the identities of a table's rows by record id, some 250 to a row, so that they are
 * written in order and one takes little more than its 16 bytes.
 */
export class IdentityBlocks {
  readonly #select: Statement;
  readonly #one: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #following: Statement;
  /** The block that was read last: equal records mostly come in the same order. */
  #last: IdentityBlock | null = null;
  /** The record that was asked for last. */
  #asked = Number.NEGATIVE_INFINITY;
  /** Identities that are being claimed; they are found before they are kept. */
  pending: IdentityBlock | null = null;

  constructor(
    readonly db: Connection,
    readonly table: string,
  ) {
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${this.#name} (first_record INTEGER PRIMARY KEY, identities BLOB NOT NULL) STRICT`,
    );
    this.#select = db.prepare(
      `SELECT first_record AS first, identities FROM ${this.#name}
       WHERE first_record <= ? ORDER BY first_record DESC LIMIT 1`,
    );
    this.#one = db
      .prepare(
        `SELECT substr(identities, (? - first_record) * ${identityBytes} + 1, ${identityBytes}) FROM ${this.#name}
         WHERE first_record <= ? ORDER BY first_record DESC LIMIT 1`,
      )
      .pluck();
    this.#insert = db.prepare(`INSERT INTO ${this.#name} VALUES (?, ?)`);
    this.#following = db.prepare(
      `SELECT first_record AS first, identities FROM ${this.#name}
       WHERE first_record > ? ORDER BY first_record LIMIT 1000`,
    );
    this.#update = db.prepare(`UPDATE ${this.#name} SET identities = ? WHERE first_record = ?`);
  }

  static exist(db: Connection, table: string): boolean {
    return tableExists(db, blocksTable(table));
  }

  get #name(): string {
    return quoted(blocksTable(this.table));
  }

  /** The identity of a record's own row, or null; valid until the next call. */
  get(record: number): Buffer | null {
    const isNear = Math.abs(record - this.#asked) < identitiesPerBlock;
    this.#asked = record;
    const block = this.#atHand(record) ?? (isNear ? this.#blockOf(record) : null);
    const identity = block ? identityIn(block, record) : this.#readOne(record);
    return identity === null || identity.equals(none) ? null : identity;
  }

  /** Reads but the identity itself, as is best for records far apart. */
  #readOne(record: number): Buffer | null {
    const identity = this.#one.get(record, record) as Buffer | undefined;
    return identity?.length === identityBytes ? identity : null;
  }

  /** Gives a record of a kept block an identity, or takes it away. */
  set(record: number, identity: Buffer | null): void {
    const block = this.#blockOf(record);
    if (block === null) throw new Error(`no identities are kept for record ${record}`);
    block.identities.set(identity ?? none, (record - block.first) * identityBytes);
    this.#update.run(block.identities, block.first);
  }

  /** Gives any record an identity, or keeps a place for one. */
  put(record: number, identity: Buffer | null): void {
    if (this.#blockOf(record) === null) this.#insert.run(record, none);
    this.set(record, identity);
  }

  keepPending(): void {
    if (this.pending) this.#insert.run(this.pending.first, this.pending.identities);
    this.pending = null;
  }

  /** Forgets the identities of a range of records, be they whole blocks or parts of some. */
  remove(first: number, last: number): void {
    this.forget();
    for (const record of [first, last]) this.#clear(record, first, last);
    this.db
      .prepare(
        `DELETE FROM ${this.#name} WHERE first_record BETWEEN @first AND @last
           AND first_record + length(identities) / ${identityBytes} - 1 <= @last`,
      )
      .run({ first, last });
    this.forget();
  }

  /** Takes the identities of a range out of the block of a record. */
  #clear(record: number, first: number, last: number): void {
    const block = this.#blockOf(record);
    if (block === null) return;
    const { identities } = block;
    const start = Math.max(first - block.first, 0) * identityBytes;
    identities.fill(0, start, Math.min((last + 1 - block.first) * identityBytes, identities.length));
    this.#update.run(identities, block.first);
  }

  /** The first record of the last block; 0 where there is none. */
  get lastFirst(): number {
    return Number(this.db.prepare(`SELECT max(first_record) FROM ${this.#name}`).pluck().get() ?? 0);
  }

  /** The next blocks of records after `record`, not more than memory likes. */
  after(record: number): IdentityBlock[] {
    return this.#following.all(record) as IdentityBlock[];
  }

  /** Drops what is remembered, as after a rollback. */
  forget(): void {
    this.#last = null;
    this.pending = null;
  }

  #atHand(record: number): IdentityBlock | null {
    if (this.pending && holds(this.pending, record)) return this.pending;
    return this.#last && holds(this.#last, record) ? this.#last : null;
  }

  #blockOf(record: number): IdentityBlock | null {
    const known = this.#atHand(record);
    if (known) return known;
    const found = this.#select.get(record) as IdentityBlock | undefined;
    if (!found || !holds(found, record)) return null;
    this.#last = found;
    return found;
  }
}

/** The name of the table of a data table's row identities. */
export function blocksTable(table: string): string {
  return `_ingest_row_identity_${table}`;
}

function identityIn({ first, identities }: IdentityBlock, record: number): Buffer {
  const place = (record - first) * identityBytes;
  return identities.subarray(place, place + identityBytes);
}

function holds({ first, identities }: IdentityBlock, record: number): boolean {
  return record >= first && record < first + identities.length / identityBytes;
}
