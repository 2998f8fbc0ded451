import type { Statement } from 'better-sqlite3';
import { folded } from '../domain/columnName.js';
import { IngestError } from '../domain/errors.js';
import type { ColumnProfile } from '../domain/segment.js';
import type { TypesSetting } from '../domain/settings.js';
import { columnsOfUser } from './adopt.js';
import { type ColumnType, configuredType, firstType, widenedType } from './columnType.js';
import type { Connection } from './database.js';
import { isForeignTable } from './dropped.js';
import { claimTable, indexParents, isChildTable } from './family.js';
import { tableExists } from './identityTable.js';
import { retypeColumns } from './retype.js';
import { quoted } from './sql.js';
import { type Column, type ColumnFinding, childColumns, ownColumns, type Table } from './table.js';

/** The columns of a file's records on their way into a table; there may be none, as in `{}`. */
export interface ArrivingColumns {
  readonly fileId: number;
  readonly columns: readonly { readonly name: string; readonly profile: ColumnProfile }[];
  readonly types: TypesSetting;
}

/** The data tables and `_ingest_columns`, the record of how their columns came to be. */
export class Tables {
  readonly #known = new Map<string, Table>();
  /** What is known of tables and their parents, so that it is asked once. */
  readonly #claimed = new Set<string>();
  readonly #columnsOf: Statement;
  readonly #saveColumn: Statement;

  constructor(readonly db: Connection) {
    this.#columnsOf = db.prepare(
      `SELECT column_name AS name, type, undecided, long_integers AS longIntegers
       FROM _ingest_columns WHERE table_name = ?`,
    );
    this.#saveColumn = db.prepare(
      `INSERT INTO _ingest_columns
         (table_name, column_name, type, undecided, long_integers, source_name, first_file_id)
       VALUES (@table, @name, @type, @undecided, @longIntegers, @name, @fileId)
       ON CONFLICT DO UPDATE SET
         type = excluded.type, undecided = excluded.undecided, long_integers = excluded.long_integers`,
    );
  }

  /** Drops what is remembered, as after a rollback. */
  forget(): void {
    this.#claimed.clear();
    this.#known.clear();
  }

  /** The table of that name, or undefined while it has not been made. */
  find(name: string): Table | undefined {
    const known = this.#known.get(folded(name));
    if (known) return known;
    const table = this.#load(name);
    if (table) this.#known.set(folded(name), table);
    return table;
  }

  hasRows(table: Table): boolean {
    return this.db.prepare(`SELECT 1 FROM ${quoted(table.name)} LIMIT 1`).get() !== undefined;
  }

  /**
   * Makes the table ready for a file's records: makes it, adds the file's new columns, widens those whose type would
   * mangle one of its values. Part of the file's own transaction. Not to be called for a file that stores no record:
   * what a table is must not depend on it. `find` is told what the file's values say about the types. `parent` is the
   * table that the rows' parents stand in. Throws IngestError `unrelated_columns` for a table that has another parent,
   * or none.
   */
  admit(
    name: string,
    arriving: ArrivingColumns,
    find: (finding: ColumnFinding) => void,
    parent: string | null = null,
  ): Table {
    this.#claim(name, parent);
    const table = this.find(name) ?? this.#create(name, arriving, parent !== null);
    const widened = new Map<string, ColumnType>();
    for (const { name: column, profile } of arriving.columns) {
      const existing = table.columns.get(folded(column));
      const before = existing?.undecided === false ? existing.type : null;
      if (!existing) this.#add(table, column, profile, arriving);
      else this.#decide(table, existing, profile, arriving, widened);
      const after = table.columns.get(folded(column));
      if (after) reportColumn(table, after, before, profile, find);
    }
    if (widened.size > 0) retypeColumns(this.db, table, widened);
    return table;
  }

  #claim(name: string, parent: string | null): void {
    const claim = JSON.stringify([name, parent]);
    if (this.#claimed.has(claim)) return;
    claimTable(this.db, name, parent);
    this.#claimed.add(claim);
  }

  #add(table: Table, name: string, profile: ColumnProfile, arriving: ArrivingColumns): void {
    const column = newColumn(name, profile, arriving.types);
    this.db.exec(`ALTER TABLE ${quoted(table.name)} ADD COLUMN ${quoted(name)} ${column.type}`);
    table.columns.set(folded(name), column);
    this.#save(table, column, arriving.fileId);
  }

  #decide(
    table: Table,
    column: Column,
    profile: ColumnProfile,
    arriving: ArrivingColumns,
    widened: Map<string, ColumnType>,
  ): void {
    const type = column.undecided
      ? firstTypeOf(column.name, profile, arriving.types)
      : wider(column, profile, configuredType(arriving.types, column.name));
    const newlyLong = profile.longIntegers > 0 && !column.longIntegers;
    column.longIntegers ||= newlyLong;
    const nothingNew = type === column.type && !column.undecided && !newlyLong && column.byUser !== true;
    if (type === null || nothingNew) return;
    column.byUser = false;
    if (type !== column.type) widened.set(folded(column.name), type);
    column.type = type;
    column.undecided = false;
    this.#save(table, column, arriving.fileId);
  }

  #save(table: Table, column: Column, fileId: number): void {
    this.#saveColumn.run({
      table: table.name,
      name: column.name,
      type: column.type,
      undecided: column.undecided ? 1 : 0,
      longIntegers: column.longIntegers ? 1 : 0,
      fileId,
    });
  }

  /** Makes a table with the columns of its first file, at once: two thousand one by one would take seconds. */
  #create(name: string, arriving: ArrivingColumns, isChild: boolean): Table {
    const columns = arriving.columns.map((one) => newColumn(one.name, one.profile, arriving.types));
    const own = ['_id INTEGER PRIMARY KEY', '_file_id INTEGER', '_line INTEGER'];
    if (isChild) own.push('_parent_id INTEGER', '_index INTEGER');
    const others = columns.map((column) => `${quoted(column.name)} ${column.type}`);
    this.db.exec(`CREATE TABLE ${quoted(name)} (${[...own, ...others].join(', ')})`);
    if (isChild) indexParents(this.db, name);
    const table: Table = {
      name,
      columns: new Map(columns.map((column) => [folded(column.name), column])),
    };
    for (const column of columns) this.#save(table, column, arriving.fileId);
    this.#known.set(folded(name), table);
    return table;
  }

  #load(name: string): Table | undefined {
    if (!tableExists(this.db, name)) return undefined;
    if (isForeignTable(this.db, name)) throw foreignTable(name);
    const recorded = this.#columnsOf.all(name) as {
      name: string;
      type: ColumnType;
      undecided: number;
      longIntegers: number;
    }[];
    const columns = recorded.map((column): [string, Column] => [
      folded(column.name),
      {
        name: column.name,
        type: column.type,
        undecided: column.undecided === 1,
        longIntegers: column.longIntegers === 1,
      },
    ]);
    const names = new Set(columns.map(([key]) => key));
    const own = isChildTable(this.db, name) ? childColumns : ownColumns;
    const others = columnsOfUser(this.db, name, names, own).map((column): [string, Column] => [
      folded(column.name),
      column,
    ]);
    return { name, columns: new Map([...columns, ...others]) };
  }
}

function reportColumn(
  table: Table,
  { name, type }: Column,
  before: ColumnType | null,
  profile: ColumnProfile,
  find: (finding: ColumnFinding) => void,
): void {
  const about = { table: table.name, column: name, from: before ?? type, to: type, words: profile.words };
  if (before !== null && before !== 'TEXT' && type === 'TEXT') {
    find({ ...about, kind: 'widened', example: profile.oddNumber });
  } else if (type !== 'TEXT' && profile.words > 0) {
    find({ ...about, kind: 'words', example: profile.word });
  }
}

function newColumn(name: string, profile: ColumnProfile, types: TypesSetting): Column {
  const first = firstTypeOf(name, profile, types);
  const longIntegers = profile.longIntegers > 0;
  return { name, type: first ?? 'TEXT', undecided: first === null, longIntegers };
}

function firstTypeOf(name: string, profile: ColumnProfile, types: TypesSetting): ColumnType | null {
  const natural = firstType(profile);
  const wanted = configuredType(types, name);
  if (wanted === null || natural === null) return wanted ?? natural;
  // A type set by the user is a wish for the column, never a licence to mangle a value.
  return widenedType(wanted, profile, false);
}

/** The type a column needs for these values and, as far as it mangles none, for the user's wish. */
function wider(column: Column, profile: ColumnProfile, wanted: ColumnType | null): ColumnType {
  if (wanted === 'TEXT') return 'TEXT';
  const isWished = wanted === 'REAL' && profile.commaDecimals === 0;
  const wish = isWished ? { ...profile, decimals: profile.decimals + 1 } : profile;
  return widenedType(column.type, wish, column.longIntegers);
}

/** A table that is somebody else's cannot be loaded into. */
export function foreignTable(name: string): IngestError {
  return new IngestError(
    'usage',
    `The table ${name} was not made by ingest: it has no columns ${ownColumns.join(', ')}.`,
    'Name another table with --table or "table" in the config file, or another database with --db.',
  );
}
