import type { Connection } from './database.js';
import { type ChildTable, childrenOf } from './family.js';
import { tableExists } from './identityTable.js';
import { quoted } from './sql.js';
import type { Table } from './table.js';

/**
 * The rows of a record's lists go where it goes. They are found by their parents: `records` is a SELECT of the ids of the
 * records they belong to.
 *
 * `_ingest_outranked_<child table>` keeps the rows of records that are kept out of sight themselves. Its columns have no
 * type: a value keeps the form it came in and takes the column's own when it comes back.
 */
export function hiddenTable(table: string): string {
  return `_ingest_outranked_${table}`;
}

const shown = (name: string) => quoted(name);
const hidden = (name: string) => quoted(hiddenTable(name));

/** Deletes the rows of the lists of records in `table`. */
export function removeLists(db: Connection, { name }: Table, records: string): void {
  for (const child of deepestFirst(db, name)) removeRows(db, child, shown, records);
}

/** Deletes the rows of the lists of records that are kept out of sight. */
export function removeHiddenLists(db: Connection, { name }: Table, records: string): void {
  for (const child of deepestFirst(db, name)) {
    if (tableExists(db, hiddenTable(child.name))) removeRows(db, child, hidden, records);
  }
}

/** Takes the rows of the lists of records out of sight. */
export function hideLists(db: Connection, { name }: Table, records: string): void {
  for (const child of deepestFirst(db, name)) {
    prepareHidden(db, child.name);
    const columns = columnsOf(db, child.name).map((column) => column.name);
    moveRows(db, child, { from: shown, to: hidden, records, columns, values: columns });
  }
}

/** Brings the rows of the lists of records back. */
export function showLists(db: Connection, { name }: Table, records: string): void {
  for (const child of deepestFirst(db, name)) {
    if (!tableExists(db, hiddenTable(child.name))) continue;
    prepareHidden(db, child.name);
    const all = columnsOf(db, child.name);
    const values = all.map((column) =>
      column.type === 'TEXT' ? `shortest_text(${column.name})` : column.name,
    );
    const columns = all.map((column) => column.name);
    moveRows(db, child, { from: hidden, to: shown, records, columns, values });
  }
}

/** Makes another file the owner of the rows of the lists of records. */
export function passOnLists(db: Connection, { name }: Table, records: string, heir: number): void {
  for (const child of deepestFirst(db, name)) {
    const rows = parents(child, shown, records);
    db.prepare(`UPDATE ${quoted(child.name)} SET _file_id = ? WHERE _parent_id IN (${rows})`).run(heir);
  }
}

/** Hands the rows of the lists of the records in `temp._ingest_heirs` over with them. */
export function handOverLists(db: Connection, { name }: Table): void {
  for (const { line } of deepestFirst(db, name)) {
    const joins = line.map((table, depth) => {
      const parent = depth === 0 ? 'h.row_id' : `t${depth - 1}._id`;
      return `CROSS JOIN ${quoted(table)} t${depth} ON t${depth}._parent_id = ${parent}`;
    });
    const own = quoted(line.at(-1) ?? '');
    const parent = line.length === 1 ? '_parent_id = f.record_id, ' : '';
    db.exec(
      `UPDATE ${own} SET ${parent}_file_id = f.file_id, _line = f.line FROM (
         SELECT t${line.length - 1}._id AS id, h.record_id, h.file_id, h.line FROM temp._ingest_heirs h ${joins.join(' ')}
       ) f WHERE ${own}._id = f.id`,
    );
  }
}

/** Makes the table in which rows of a child table are kept out of sight, with all the columns it has now. */
export function prepareHidden(db: Connection, name: string): void {
  if (!tableExists(db, hiddenTable(name))) {
    db.exec(
      `CREATE TABLE ${hidden(name)} (_id INTEGER PRIMARY KEY, _parent_id);
       CREATE INDEX ${quoted(`${hiddenTable(name)}_by_parent`)} ON ${hidden(name)} (_parent_id)`,
    );
  }
  const existing = new Set(columnsOf(db, hiddenTable(name)).map((column) => column.name.toLowerCase()));
  for (const column of columnsOf(db, name)) {
    if (!existing.has(column.name.toLowerCase()))
      db.exec(`ALTER TABLE ${hidden(name)} ADD COLUMN ${column.name}`);
  }
}

/** A row's parents are in the way until its own lists are done. */
function deepestFirst(db: Connection, table: string): ChildTable[] {
  return childrenOf(db, table).reverse();
}

/** A SELECT of the ids of those rows, shown or hidden, that a child table's rows lie in. */
function parents({ line }: ChildTable, place: (name: string) => string, records: string): string {
  return line
    .slice(0, -1)
    .reduce((ids, name) => `SELECT _id FROM ${place(name)} WHERE _parent_id IN (${ids})`, records);
}

function removeRows(
  db: Connection,
  child: ChildTable,
  place: (name: string) => string,
  records: string,
): void {
  db.exec(`DELETE FROM ${place(child.name)} WHERE _parent_id IN (${parents(child, place, records)})`);
}

interface Move {
  readonly from: (name: string) => string;
  readonly to: (name: string) => string;
  readonly records: string;
  readonly columns: readonly string[];
  readonly values: readonly string[];
}

function moveRows(db: Connection, child: ChildTable, { from, to, records, columns, values }: Move): void {
  const source = from(child.name);
  const wanted = `_parent_id IN (${parents(child, from, records)})`;
  db.exec(
    `INSERT INTO ${to(child.name)} (${columns.join(', ')})
     SELECT ${values.join(', ')} FROM ${source} WHERE ${wanted};
     DELETE FROM ${source} WHERE ${wanted}`,
  );
}

/** The columns of a table as SQL writes them. */
function columnsOf(db: Connection, table: string): { name: string; type: string }[] {
  const columns = db.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as {
    name: string;
    type: string;
  }[];
  return columns.map(({ name, type }) => ({ name: quoted(name), type }));
}
