import { folded } from '../domain/columnName.js';
import type { Connection } from './database.js';
import { IdentityBlocks } from './identityBlocks.js';
import { RowIdentities } from './rowIdentities.js';
import type { Table } from './table.js';

/** Rows that the lookup tables may lag behind in all; some 50 MB of memory. */
const allRecent = 3_000_000;

/** The row identities of all tables of a database, each read when it is first asked for. */
export class Identities {
  readonly #open = new Map<string, RowIdentities>();

  /** `mostRecent`: rows that the lookup tables may lag behind in all; fewer are for tests. */
  constructor(
    readonly db: Connection,
    readonly mostRecent = allRecent,
  ) {}

  of({ name }: Pick<Table, 'name'>): RowIdentities {
    const known = this.#open.get(folded(name));
    if (known) return known;
    const opened = new RowIdentities(this.db, name, () => this.mostRecent / Math.max(1, this.#open.size));
    this.#open.set(folded(name), opened);
    return opened;
  }

  /** Those of a table that has some, or null. */
  find(table: Pick<Table, 'name'>): RowIdentities | null {
    return IdentityBlocks.exist(this.db, table.name) ? this.of(table) : null;
  }

  /** To be told of the end of each transaction. */
  committed(): void {
    for (const identities of this.#open.values()) identities.committed();
  }

  /** As {@link Identities.committed}, when nothing of the transaction stays. */
  rolledBack(): void {
    for (const [name, identities] of this.#open) if (!identities.rolledBack()) this.#open.delete(name);
  }
}
