import type { Connection } from './database.js';

/** One line of `_ingest_rejects` with the file that it comes from. */
export interface RejectFacts {
  readonly rejectId: number;
  readonly fileId: number;
  readonly source: string;
  readonly path: string;
  readonly table: string;
  readonly runId: number;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
  /** How the file was read; null where that is not known. */
  readonly assumed: string | null;
}

/** Which rejects are asked for. */
export interface RejectChoice {
  /** Files or folders: relative, `source/relative`, the name of a source, or absolute; none: all. */
  readonly paths: readonly string[];
  readonly code: string | null;
}

/** The rejects of a choice in order of source, path and line. */
export function rejectFacts(db: Connection, { paths, code }: RejectChoice): IterableIterator<RejectFacts> {
  const names = ['f.path', "f.source || '/' || f.path", "s.root || '/' || f.path"];
  const isNamed = names.map(
    (name) => `${name} = p.value OR substr(${name}, 1, length(p.value) + 1) = p.value || '/'`,
  );
  const wanted = JSON.stringify(paths.map((path) => path.replace(/(?<=.)\/+$/, '')));
  return db
    .prepare(
      `SELECT reject_id AS rejectId, r.file_id AS fileId, f.source, f.path, f.table_name AS "table",
         r.run_id AS runId, line, byte_offset AS byteOffset, column_name AS "column", code, message, raw,
         d.reading ->> 'assumed' AS assumed
       FROM _ingest_rejects r
         JOIN _ingest_files f USING (file_id)
         LEFT JOIN _ingest_sources s USING (source)
         LEFT JOIN _ingest_readings d ON d.file_id = r.file_id
       WHERE (@wanted = '[]' OR EXISTS (SELECT 1 FROM json_each(@wanted) p WHERE ${isNamed.join(' OR ')}))
         AND (@code IS NULL OR code = @code)
       ORDER BY f.source, f.path, line, reject_id`,
    )
    .iterate({ wanted, code }) as IterableIterator<RejectFacts>;
}
