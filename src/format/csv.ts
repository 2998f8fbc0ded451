import { isUtf8 } from 'node:buffer';
import { CsvError, type Options, parse } from 'csv-parse/sync';
import { IngestError } from '../domain/errors.js';
import { BlockBuffer } from './blocks.js';
import { type CsvBytes, recordEnd, terminated, withoutBlankLines, withoutLineEnd } from './csv-records.js';
import { fillLines, fromLatin1, haveWidth, lineEndsIn, problemOf, toCells } from './csv-rows.js';
import { countLineEnds } from './lines.js';
import { renamedMessage, uniqueNames } from './names.js';
import { defaultMaxRecordBytes, maxColumns, type RecordReader, type RecordSink } from './record.js';
import { byteOrderMark, excerpt, readableText } from './utf8.js';

export interface CsvOptions {
  /** One ASCII character. */
  readonly delimiter: string;
  /** One ASCII character; null: no quoting. */
  readonly quote: string | null;
  /** A larger record fails the file. */
  readonly maxRecordBytes: number;
}

const defaults: CsvOptions = { delimiter: ',', quote: '"', maxRecordBytes: defaultMaxRecordBytes };

/**
 * Reads RFC 4180, header first, UTF-8. csv-parse reads each block of whole records twice as fast without telling
 * where records stand; only a block with something irregular in it is read again with positions.
 */
export class CsvReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #bytes: CsvBytes;
  readonly #options: Options;
  readonly #blocks: BlockBuffer;
  /** Columns, once the header is read. */
  #width: number | null = null;
  /** Of the next block. */
  #line = 1;
  #byteOffset = 0;

  constructor(sink: RecordSink, options: Partial<CsvOptions> = {}) {
    const { delimiter, quote, maxRecordBytes } = { ...defaults, ...options };
    this.#sink = sink;
    this.#bytes = { delimiter: delimiter.charCodeAt(0), quote: quote?.charCodeAt(0) ?? -1 };
    this.#options = {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    };
    this.#blocks = new BlockBuffer(
      maxRecordBytes,
      (bytes, last) => this.#consume(bytes, last),
      () => this.#recordTooLarge(maxRecordBytes),
    );
  }

  push(chunk: Buffer): void {
    this.#blocks.push(chunk);
  }

  end(): void {
    this.#blocks.end();
  }

  #consume(bytes: Buffer, last: boolean): number {
    const mark = this.#byteOffset === 0 ? byteOrderMark(bytes) : 0;
    const body = bytes.subarray(mark);
    const block = last ? terminated(body) : body.subarray(0, recordEnd(body, 'last', this.#bytes));
    this.#byteOffset += mark;
    this.#readBlock(block);
    return mark + block.length;
  }

  #readBlock(block: Buffer): void {
    let from = 0;
    while (this.#width === null && from < block.length) {
      const rest = block.subarray(from);
      const first = rest.subarray(0, recordEnd(rest, 'first', this.#bytes) || rest.length);
      this.#readHeader(first);
      from += first.length;
    }
    const records = block.subarray(from);
    if (this.#width !== null && records.length > 0) this.#readRecords(records, this.#width);
  }

  /** Blank lines above the header are passed over. */
  #readHeader(line: Buffer): void {
    if (withoutLineEnd(line).length > 0) {
      const names = this.#headerNames(line);
      this.#width = names.length;
      this.#sink.columns(names);
    }
    this.#advance(line);
  }

  #headerNames(line: Buffer): string[] {
    if (!isUtf8(line) || line.includes(0)) {
      throw new IngestError(
        'encoding',
        `Line ${this.#line}: the header is not UTF-8 text: ${excerpt(readableText(withoutLineEnd(line)))}`,
        'Save the file as UTF-8.',
      );
    }
    const header = this.#parse(line)[0] ?? [];
    if (header.length > maxColumns) {
      throw new IngestError(
        'too_many_columns',
        `Line ${this.#line}: the header names ${header.length} columns; a table can hold ${maxColumns}`,
        'Check that the file is a CSV file with a comma as delimiter, or split it.',
      );
    }
    const { names, renamed } = uniqueNames(header);
    if (renamed.length > 0) this.#sink.warn('renamed_columns', renamedMessage(renamed));
    return names;
  }

  #readRecords(block: Buffer, width: number): void {
    const rows = isUtf8(block) && !block.includes(0) ? this.#parse(block) : null;
    const lines = countLineEnds(block);
    if (rows !== null && haveWidth(rows, width) && fillLines(rows, lines))
      this.#emitRows(block, rows, width, lines);
    else this.#readCarefully(block, width);
  }

  #emitRows(block: Buffer, rows: string[][], width: number, lines: number): void {
    const multiline = lines > rows.length;
    let line = this.#line;
    for (const row of rows) {
      const next = line + 1 + (multiline ? lineEndsIn(row) : 0);
      this.#sink.record(toCells(row, width), line);
      line = next;
    }
    this.#advance(block);
  }

  /** Reads byte for byte (as Latin-1), so that a record that does not decode leaves the others whole. */
  #readCarefully(block: Buffer, width: number): void {
    let start = 0;
    for (const { fields, end } of this.#parseWithEnds(block)) {
      const record = withoutBlankLines(block.subarray(start, end));
      this.#advance(block.subarray(start, end - record.length));
      this.#readRecord(record, fields, width);
      this.#advance(record);
      start = end;
    }
    this.#advance(block.subarray(start));
  }

  #readRecord(record: Buffer, fields: string[], width: number): void {
    const content = withoutLineEnd(record);
    const problem = problemOf(content, fields, width);
    if (problem === null) {
      this.#sink.record(toCells(fields.map(fromLatin1), width), this.#line);
      return;
    }
    this.#sink.reject({
      line: this.#line,
      byteOffset: this.#byteOffset,
      column: null,
      ...problem,
      raw: readableText(content),
    });
  }

  #advance(bytes: Buffer): void {
    this.#line += countLineEnds(bytes);
    this.#byteOffset += bytes.length;
  }

  #parse(block: Buffer): string[][] {
    try {
      return parse(block, this.#options);
    } catch (error) {
      throw this.#syntaxError(block, error);
    }
  }

  /** The records of `block` with the offset behind each; fields hold one character for each byte. */
  #parseWithEnds(block: Buffer): { fields: string[]; end: number }[] {
    try {
      return parsePositions(block, this.#options);
    } catch (error) {
      throw this.#syntaxError(block, error);
    }
  }

  /** What to throw for a record that csv-parse cannot read: the first one behind the last it could. */
  #syntaxError(block: Buffer, error: unknown): unknown {
    if (!(error instanceof CsvError)) return error;
    const good = Number(error.records ?? 0);
    const before = good === 0 ? [] : parsePositions(block, { ...this.#options, to: good });
    const broken = withoutBlankLines(block.subarray(before.at(-1)?.end ?? 0));
    const start = block.length - broken.length;
    const line = this.#line + countLineEnds(block.subarray(0, start));
    const text = excerpt(readableText(broken.subarray(0, 200)));
    return new IngestError(
      'csv_syntax',
      `Line ${line} (byte ${this.#byteOffset + start}): ${quoteProblems[error.code] ?? error.message}: ${text}`,
      'Double each quote within a quoted field and close the field with a quote.',
      {
        cause: error,
        assumed: `delimiter ${JSON.stringify(this.#options.delimiter)}, quote ${this.#options.quote}`,
      },
    );
  }

  #recordTooLarge(maxRecordBytes: number): IngestError {
    return new IngestError(
      'csv_syntax',
      `Line ${this.#line} (byte ${this.#byteOffset}): a record is larger than ${maxRecordBytes} bytes`,
      'Look for a quote that opens on this line and never closes.',
    );
  }
}

const quoteProblems: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted field never ends',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside an unquoted field',
};

function parsePositions(block: Buffer, options: Options): { fields: string[]; end: number }[] {
  const records: { fields: string[]; end: number }[] = [];
  parse(block, {
    ...options,
    encoding: 'latin1',
    on_record: (fields: string[], { bytes }: { bytes: number }) => {
      records.push({ fields, end: bytes });
      return null;
    },
  });
  return records;
}
