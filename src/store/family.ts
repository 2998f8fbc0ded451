import { IngestError } from '../domain/errors.js';
import type { Connection } from './database.js';
import { tableExists } from './identityTable.js';
import { quoted } from './sql.js';
import { childColumns } from './table.js';

/** A table of the objects in a list: of its parent's rows, which may stand in such a table themselves. */
export interface ChildTable {
  readonly name: string;
  /** The names of the tables that lead to it from that of the records, its own the last. */
  readonly line: readonly string[];
}

/** All child tables below the table of some records, parents before their children. */
export function childrenOf(db: Connection, table: string): ChildTable[] {
  const own = db
    .prepare(
      `SELECT c.table_name FROM _ingest_child_tables c
       JOIN sqlite_master m ON m.type = 'table' AND m.name = c.table_name COLLATE NOCASE
       WHERE c.parent_table = ?`,
    )
    .pluck();
  const found: ChildTable[] = [];
  for (let line: readonly string[] = [], at = 0; ; line = found[at++]?.line ?? []) {
    const names = own.all(line.at(-1) ?? table) as string[];
    found.push(...names.map((name) => ({ name, line: [...line, name] })));
    if (at >= found.length) return found;
  }
}

export function isChildTable(db: Connection, name: string): boolean {
  return parentOf(db, name) !== null;
}

/** The table of the records that a child table's rows belong to; another table's own name. */
export function recordsTableOf(db: Connection, name: string): string {
  const parent = parentOf(db, name);
  return parent === null ? name : recordsTableOf(db, parent);
}

/**
 * Notes that a table holds records (`parent` is null) or the rows of another's lists. Throws IngestError
 * `unrelated_columns` if it holds something else.
 */
export function claimTable(db: Connection, name: string, parent: string | null): void {
  const known = parentOf(db, name);
  if (parent === null ? known === null : known?.toLowerCase() === parent.toLowerCase()) return;
  if (parent === null || known !== null || isTaken(db, name)) throw taken(name, parent, known);
  db.prepare('INSERT INTO _ingest_child_tables (table_name, parent_table) VALUES (?, ?)').run(name, parent);
  if (tableExists(db, name)) indexParents(db, name);
}

/** Makes the children of a row quick to find. */
export function indexParents(db: Connection, name: string): void {
  db.exec(`CREATE INDEX IF NOT EXISTS ${quoted(`${name} by _parent_id`)} ON ${quoted(name)} (_parent_id)`);
}

function parentOf(db: Connection, name: string): string | null {
  const parent = db
    .prepare('SELECT parent_table FROM _ingest_child_tables WHERE table_name = ?')
    .pluck()
    .get(name);
  return typeof parent === 'string' ? parent : null;
}

/** Whether a file's records stand in a table or are about to, or it is not made to have rows of lists. */
function isTaken(db: Connection, name: string): boolean {
  const used = db
    .prepare('SELECT 1 FROM _ingest_files WHERE table_name = ? COLLATE NOCASE AND records > rejected LIMIT 1')
    .get(name);
  if (used !== undefined) return true;
  const columns = db.prepare('SELECT lower(name) FROM pragma_table_info(?)').pluck().all(name) as string[];
  return columns.length > 0 && !childColumns.every((column) => columns.includes(column));
}

function taken(name: string, parent: string | null, known: string | null): IngestError {
  const held = known === null ? 'rows of its own' : `lists of table ${known}`;
  const wanted = parent === null ? 'the records of a file' : `a list of table ${parent}`;
  return new IngestError(
    'unrelated_columns',
    `Table ${name} holds ${held}; ${wanted} cannot go there too.`,
    parent === null
      ? 'Name another table with --table or "table" in the config file.'
      : 'Name another table for the list: "children": { "<keys of the list, with dots between>": "…" }.',
  );
}
