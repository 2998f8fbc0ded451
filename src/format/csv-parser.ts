import { isUtf8 } from 'node:buffer';
import { CsvError, type Options, parse } from 'csv-parse/sync';
import type { Encoding } from '../domain/settings.js';
import { quoteDoubler } from './csv-escapes.js';
import { readable } from './encoding.js';
import { delimiterOf, type FieldSyntax } from './sample-rows.js';

/** Cuts whole records into fields by csv-parse, which is the parser of record. */
export class RecordParser {
  /** The text of what csv-parse is given is not that of the file. */
  readonly rewrites: boolean;
  readonly #strict: Options;
  readonly #relaxed: Options;
  readonly #doubled: ((records: Buffer) => Buffer) | null;
  readonly #encoding: Encoding;

  /** `encoding` is what the bytes were transcoded from. */
  constructor(syntax: FieldSyntax, encoding: Encoding) {
    const { delimiter, quote } = syntax;
    this.#encoding = encoding;
    this.#doubled = quoteDoubler(syntax);
    this.rewrites = this.#doubled !== null;
    this.#strict = {
      delimiter: [delimiterOf(syntax), delimiter],
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    };
    this.#relaxed = { relax_quotes: true, ...this.#strict };
  }

  /** Null where a quote is out of place. */
  strictly(records: Buffer): string[][] | null {
    try {
      return this.#parse(records, this.#strict);
    } catch (error) {
      if (error instanceof CsvError) return null;
      throw error;
    }
  }

  /** Takes quotes within unquoted fields as they stand; for records that a scanner has passed. */
  relaxed(records: Buffer): string[][] {
    return this.#parse(records, this.#relaxed);
  }

  #parse(records: Buffer, options: Options): string[][] {
    const bytes = this.#doubled?.(records) ?? records;
    return parse(isUtf8(bytes) ? bytes : Buffer.from(readable(bytes, this.#encoding)), options);
  }
}
