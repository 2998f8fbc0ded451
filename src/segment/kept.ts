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

/** Copies files out of an attached segment into the one that is written. Throws what SQLite throws. */
export class KeptSegment {
  readonly #db: Database;
  readonly #statements = new Map<string, Statement>();

  constructor(
    db: Database,
    /** The name under which it is attached. */
    readonly schema: string,
  ) {
    this.#db = db;
  }

  /** What is said of the file of that number and key; undefined when it is another. */
  described(file: number, key: string): KeptFile | undefined {
    const description = this.#sql(
      `SELECT description FROM ${this.schema}.${filesTable} WHERE file = @file AND key = @key`,
    )
      .pluck()
      .get({ file, key });
    return typeof description === 'string' ? (JSON.parse(description) as KeptFile) : undefined;
  }

  /** Copies all that there is of a file; returns its part in the segment that is written. */
  copy(file: number, { part, shapes }: KeptFile, to: CopyTarget): SegmentFile {
    const { schema } = this;
    const numbers = new Map<number, number>();
    const n = to.firstN - part.firstN;
    const m = to.firstM - part.firstM;
    for (const [number, shape] of Object.entries(shapes)) {
      const target = to.shapeOf(shape);
      numbers.set(Number(number), target);
      const [first, count] = shape.list === null ? [part.firstN, part.stored] : [part.firstM, part.childRows];
      const sql = rowCopy(schema, Number(number), target, shape);
      this.#sql(sql).run({ n, m, first, last: first + count - 1 });
    }
    const { firstN: first, stored } = part;
    this.#sql(
      `INSERT INTO main.${identitiesTable} SELECT first_n + @n, identities FROM ${schema}.${identitiesTable}
       WHERE first_n >= @first AND first_n < @end`,
    ).run({ n, first, end: first + stored });
    for (const [table, columns] of ownTables) {
      this.#sql(
        `INSERT INTO main.${table} SELECT @to, ${columns} FROM ${schema}.${table} WHERE file = @file ORDER BY rowid`,
      ).run({ to: to.file, file });
    }
    return renumbered(part, to, (number) => numbers.get(number) ?? number);
  }

  #sql(sql: string): Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** What else is of a file, by its number. */
const ownTables = [
  [rejectsTable, 'line, byte_offset, column_name, code, message, raw'],
  [preambleTable, 'key, value'],
] as const;

function renumbered(part: SegmentFile, to: CopyTarget, shapeOf: (number: number) => number): SegmentFile {
  return {
    ...part,
    firstN: to.firstN,
    firstM: to.firstM,
    shapes: part.shapes.map(shapeOf),
    children: part.children.map((child) => ({ ...child, shapes: child.shapes.map(shapeOf) })),
  };
}

/** Named parameters: `n` and `m`, what is added to these, and the `first` and the `last` of the rows. */
function rowCopy(schema: string, from: number, to: number, shape: Shape): string {
  const cells = shape.columns.map((_, index) => `c${index}`);
  const [own, counter] =
    shape.list === null
      ? [['n + @n', 'line', 'identity'], 'n']
      : [['m + @m', 'line', 'record + @n', 'parent + @m', 'place'], 'm'];
  return `INSERT INTO main.${rowsTable(to)} SELECT ${[...own, ...cells].join(', ')}
    FROM ${schema}.${rowsTable(from)} WHERE ${counter} BETWEEN @first AND @last`;
}
