import type { Database, Statement } from 'better-sqlite3';
import {
  identitiesTable,
  preambleTable,
  rejectsTable,
  rowsTable,
  type SegmentFile,
  type Shape,
} from '../domain/segment.js';

/**
 * What must be known of a file beside its rows to use them another time. A segment says it of its own files:
 * `_ingest_segment_files(file, key, description)`.
 */
export interface KeptFile {
  readonly part: SegmentFile;
  /** By the number that `part` gives them. */
  readonly shapes: Readonly<Record<number, Shape>>;
  /** How the bytes were read, why, and what was to be said of it, for people. */
  readonly format: string;
  readonly reasons: readonly string[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Seconds of parsing. */
  readonly seconds: number;
}

/** Describes the files of a segment, by the key under which their contents are kept. */
export const filesTable = '_ingest_segment_files';

/** The file of that number and key in an attached segment. Throws what SQLite throws; undefined when it is another. */
export function describedFile(db: Database, schema: string, file: number, key: string): KeptFile | undefined {
  const description = db
    .prepare(`SELECT description FROM ${schema}.${filesTable} WHERE file = ? AND key = ?`)
    .pluck()
    .get(file, key);
  return typeof description === 'string' ? (JSON.parse(description) as KeptFile) : undefined;
}

/** Where the records of a file are copied to. */
export interface CopyTarget {
  /** The place of the file. */
  readonly file: number;
  /** Of its first record, and of its first row of a child table. */
  readonly firstN: number;
  readonly firstM: number;
  /** The number of a shape in the segment that is written. */
  readonly shapeOf: (shape: Shape) => number;
}

/** Copies all that an attached segment has of a file into the segment that is written; returns its part there. */
export function copyFile(
  db: Database,
  schema: string,
  file: number,
  { part, shapes }: KeptFile,
  to: CopyTarget,
): SegmentFile {
  const numbers = new Map<number, number>();
  for (const [number, shape] of Object.entries(shapes)) {
    const target = to.shapeOf(shape);
    numbers.set(Number(number), target);
    const [first, count] = shape.list === null ? [part.firstN, part.stored] : [part.firstM, part.childRows];
    const delta = { n: to.firstN - part.firstN, m: to.firstM - part.firstM };
    rowCopy(db, schema, Number(number), target, shape).run({ ...delta, first, last: first + count - 1 });
  }
  db.prepare(
    `INSERT INTO ${identitiesTable} SELECT first_n + ?, identities FROM ${schema}.${identitiesTable}
     WHERE first_n >= ? AND first_n < ?`,
  ).run(to.firstN - part.firstN, part.firstN, part.firstN + part.stored);
  if (part.rejected > 0) {
    db.prepare(
      `INSERT INTO ${rejectsTable} SELECT ?, line, byte_offset, column_name, code, message, raw
       FROM ${schema}.${rejectsTable} WHERE file = ? ORDER BY rowid`,
    ).run(to.file, file);
  }
  db.prepare(
    `INSERT INTO ${preambleTable} SELECT ?, key, value FROM ${schema}.${preambleTable} WHERE file = ? ORDER BY rowid`,
  ).run(to.file, file);
  const renumbered = (all: readonly number[]) => all.map((number) => numbers.get(number) ?? number);
  return {
    ...part,
    firstN: to.firstN,
    firstM: to.firstM,
    shapes: renumbered(part.shapes),
    children: part.children.map((child) => ({ ...child, shapes: renumbered(child.shapes) })),
  };
}

/** Named parameters: `n` and `m`, what is added to these, and the `first` and the `last` of the rows. */
function rowCopy(db: Database, schema: string, from: number, to: number, shape: Shape): Statement {
  const cells = shape.columns.map((_, index) => `c${index}`);
  const [own, counter] =
    shape.list === null
      ? [['n + @n', 'line', 'identity'], 'n']
      : [['m + @m', 'line', 'record + @n', 'parent + @m', 'place'], 'm'];
  return db.prepare(
    `INSERT INTO main.${rowsTable(to)} SELECT ${[...own, ...cells].join(', ')}
     FROM ${schema}.${rowsTable(from)} WHERE ${counter} BETWEEN @first AND @last`,
  );
}
