import { IngestError } from '../domain/errors.js';
import type { RowShape } from './csv-rows.js';
import type { Dialect } from './dialect.js';
import { renamedMessage, uniqueNames } from './names.js';
import { maxColumns } from './record.js';
import { delimiterOf } from './sample-rows.js';

/** The columns of a file. */
export interface Columns {
  readonly names: readonly string[];
  readonly shape: Pick<RowShape, 'columns' | 'fields'>;
  /** The same for the same names, where they are read alike. */
  readonly key: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/**
 * The columns by the first record of a file, which is its header if the dialect says so; `line` is where it stands.
 * Throws IngestError `too_many_columns`.
 */
export function columnsOf(first: readonly string[], dialect: Dialect, line: number): Columns {
  const header = dialect.hasHeader ? first : [];
  const fields = dialect.width ?? first.length;
  const columns = Math.max(header.length, fields);
  if (columns > maxColumns) throw tooManyColumns(line, columns);
  const given = Array.from({ length: columns }, (_, index) => header[index] ?? '');
  const { names, renamed } = uniqueNames(given);
  const warnings: { code: string; message: string }[] = [];
  if (dialect.hasHeader && renamed.length > 0) {
    warnings.push({ code: 'renamed_columns', message: renamedMessage(renamed) });
  }
  if (dialect.hasHeader && fields !== header.length) {
    const which = header.length < fields ? 'the last ones have no name' : 'the last ones stay empty';
    const message = `Line ${line}: the header names ${header.length} columns, the records have ${fields} fields: ${which}`;
    warnings.push({ code: 'header_width', message });
  }
  const key = JSON.stringify([dialect.hasHeader, names]);
  return { names, shape: { columns, fields: Math.min(columns, fields) }, key, warnings };
}

/** The fields of a line in which a quote is out of place: what stands between its delimiters. */
export function cutAtDelimiters(line: string, dialect: Dialect): string[] {
  return line.split(delimiterOf(dialect)).map((name) => name.replace(/^"(.*)"$/s, '$1'));
}

function tooManyColumns(line: number, columns: number): IngestError {
  return new IngestError(
    'too_many_columns',
    `Line ${line}: the header names ${columns} columns; a table can hold ${maxColumns}`,
    'Check that the delimiter is right, or set it with "csv": {"delimiter": ";"}; or split the file.',
  );
}
