import type { CsvReading } from '../domain/reading.js';
import { type Beyond, BlockBuffer } from './blocks.js';
import { BlockRecords } from './csv-block.js';
import type { CutRecords } from './csv-cutter.js';
import { type Columns, columnsOf, cutAtDelimiters } from './csv-header.js';
import { type Lane, type LaneAdmission, laneOf } from './csv-lane.js';
import type { CsvOptions } from './csv-options.js';
import { RecordParser } from './csv-parser.js';
import type { RowShape } from './csv-rows.js';
import {
  behindLineEnd,
  isLineEnd,
  lineEndAt,
  RecordScanner,
  terminated,
  withoutLineEnd,
} from './csv-scan.js';
import { originalLength, readable } from './encoding.js';
import { countLineEnds } from './lines.js';
import type { RecordReader, RecordSink } from './record.js';
import { type Block, BlockGiver, type Helpers, type KnownColumns, type Opening } from './spread.js';
import { excerpt } from './utf8.js';

export interface CsvParts extends CsvOptions {
  /** Null: csv-parse reads everything. */
  readonly lanes: LaneAdmission | null;
  /** The file's records, if they were all cut before. */
  readonly ahead?: CutRecords | null;
  /** Null: this reader reads all blocks. */
  readonly helpers: Helpers | null;
}

/**
 * Reads a CSV file of a known dialect, UTF-8 without its byte order mark: what stands above the records, then blocks of
 * whole records.
 */
export class CsvReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #settings: CsvParts;
  readonly #scanner: RecordScanner;
  readonly #parser: RecordParser;
  readonly #blocks: BlockBuffer;
  readonly #lane: Lane | null;
  readonly #giver: BlockGiver;
  #columns: KnownColumns | null = null;
  #shape: RowShape | null = null;
  #records: BlockRecords | null = null;
  #unitsDue: boolean;
  /** In the rest of a record that was too large to hold. */
  #passing = false;
  /** Of the next byte. */
  #line = 1;
  #byteOffset: number;

  constructor(sink: RecordSink, settings: CsvParts) {
    const { dialect } = settings;
    this.#sink = sink;
    this.#settings = settings;
    this.#byteOffset = settings.markLength;
    this.#unitsDue = settings.skipUnits;
    this.#scanner = new RecordScanner(dialect);
    this.#parser = new RecordParser(dialect, settings.encoding);
    this.#lane = settings.lanes && laneOf(dialect, settings.lanes, settings.ahead);
    this.#giver = new BlockGiver(settings.helpers, () => this.#opening());
    this.#blocks = new BlockBuffer(
      settings.maxRecordBytes,
      (bytes, beyond) => this.#consume(bytes, beyond),
      settings.blockBytes,
    );
  }

  /** How records are told apart; null before the header was read. */
  get reading(): CsvReading | null {
    const { dialect, decimalComma } = this.#settings;
    if (this.#shape === null) return null;
    const { delimiter, spaced, quote, escape: written } = dialect;
    return { delimiter, spaced, quote, escape: written, fields: this.#shape.fields, decimalComma };
  }

  push(chunk: Buffer): void {
    this.#blocks.push(chunk);
  }

  end(last?: Buffer): void {
    const { preamble } = this.#settings.dialect;
    this.#blocks.end(last);
    this.#lane?.end();
    if (this.#shape === null && preamble.length > 0) this.#sink.preamble(preamble);
  }

  #consume(bytes: Buffer, beyond: Beyond): number {
    const last = beyond === 'end';
    if (beyond !== 'more') this.#giver.takeBack(this.#byteOffset);
    const whole = last ? terminated(bytes) : bytes;
    let at = this.#passing ? this.#passRest(whole) : 0;
    at += this.#passLinesAbove(whole.subarray(at));
    if (this.#shape === null) at += this.#readHeader(whole.subarray(at), beyond);
    if (this.#unitsDue && this.#shape !== null) at += this.#readUnits(whole.subarray(at), last);
    if (this.#shape !== null && !this.#unitsDue) {
      const rest = whole.subarray(at);
      const length = last ? rest.length : this.#scanner.wholeLength(rest);
      if (length > 0) this.#readOrGive(rest.subarray(0, length), beyond);
      at += length;
    }
    if (last) return bytes.length;
    return at === 0 && beyond === 'tooMuch' ? this.#passOversized(bytes) : at;
  }

  #passLinesAbove(bytes: Buffer): number {
    let at = 0;
    while (this.#line < this.#settings.dialect.firstLine && this.#shape === null) {
      const end = lineEndAt(bytes, at);
      if (end >= bytes.length - (bytes[end] === 0x0d ? 1 : 0)) break;
      const next = behindLineEnd(bytes, end);
      this.#advance(bytes.subarray(at, next));
      at = next;
    }
    return at;
  }

  /** Reads the names of the columns; blank lines above them are passed over. Returns the bytes used up. */
  #readHeader(bytes: Buffer, beyond: Beyond): number {
    const { dialect } = this.#settings;
    let at = 0;
    while (at < bytes.length && isLineEnd(bytes[at])) at++;
    if (at === bytes.length || this.#line < dialect.firstLine) return 0;
    const found = this.#scanner.scan(bytes, at, beyond === 'end');
    if (beyond === 'more' && (found === 'cut' || found === 'unclosed')) return 0;
    const whole = found === 'whole';
    const end = whole ? this.#scanner.end : behindLineEnd(bytes, lineEndAt(bytes, at));
    this.#advance(bytes.subarray(0, at));
    const record = bytes.subarray(at, end);
    this.#announce(whole ? this.#wholeHeader(record) : this.#columnsOf(this.#cutHeader(record)));
    if (!dialect.hasHeader) return at;
    this.#advance(record);
    return end;
  }

  #wholeHeader(record: Buffer): Columns {
    const { dialect, lanes } = this.#settings;
    const read = () => this.#columnsOf(this.#parser.relaxed(record)[0] ?? []);
    if (!this.#lane || !lanes || !dialect.hasHeader) return read();
    const { delimiter, quote, width } = dialect;
    return lanes.columns(record, [delimiter, quote, width, this.#line].join('\0'), read);
  }

  #columnsOf(first: readonly string[]): Columns {
    return columnsOf(first, this.#settings.dialect, this.#line);
  }

  #cutHeader(record: Buffer): string[] {
    const { dialect, encoding } = this.#settings;
    const text = readable(withoutLineEnd(record), encoding);
    const message = `Line ${this.#line}: a quote in the header is out of place: ${excerpt(text)}`;
    if (dialect.hasHeader) this.#sink.warn('broken_header', message);
    return cutAtDelimiters(text, dialect);
  }

  #announce({ warnings, ...columns }: Columns): void {
    const { dialect } = this.#settings;
    for (const { code, message } of warnings) this.#sink.warn(code, message);
    if (dialect.preamble.length > 0) this.#sink.preamble(dialect.preamble);
    this.enter(columns);
  }

  /** Begins with the records of a file whose header was read; `byLane`: the lane may read them without a trial. */
  enter(columns: KnownColumns, byLane = false): void {
    const { encoding, pad, nulls, decimalComma } = this.#settings;
    const { names, shape, key } = columns;
    this.#columns = columns;
    this.#shape = { pad, nulls: new Set(nulls), ...shape };
    this.#records = new BlockRecords({
      shape: this.#shape,
      encoding,
      scanner: this.#scanner,
      parser: this.#parser,
      lane: this.#lane,
      sink: this.#sink,
    });
    this.#sink.columns(names, decimalComma);
    this.#lane?.enter(key, {
      fields: this.#shape.columns,
      free: this.#sink.ownCells,
      nulls: this.#shape.nulls,
    });
    if (byLane) this.#lane?.admit();
  }

  #opening(): Opening {
    const { lanes: _, helpers: __, ahead: ___, ...options } = this.#settings;
    if (!this.#columns) throw new Error('no header was read');
    return { format: 'csv', options, lane: this.#lane?.state ?? 'refused', columns: this.#columns };
  }

  /** Keeps the row of units as metadata; returns the bytes used up. */
  #readUnits(bytes: Buffer, last: boolean): number {
    let at = 0;
    while (at < bytes.length && isLineEnd(bytes[at])) at++;
    const found = at < bytes.length ? this.#scanner.scan(bytes, at, last) : 'cut';
    if (found !== 'whole') {
      this.#unitsDue = found !== 'broken';
      return 0;
    }
    const units = bytes.subarray(at, this.#scanner.end);
    this.#sink.preamble([{ key: 'units', value: readable(withoutLineEnd(units), this.#settings.encoding) }]);
    this.#advance(bytes.subarray(0, this.#scanner.end));
    this.#unitsDue = false;
    return this.#scanner.end;
  }

  #readOrGive(block: Buffer, beyond: Beyond): void {
    const mayGive = beyond === 'more' && !this.#isResyncing && this.#lane?.isOnTrial !== true;
    const start = { line: this.#line, column: 1, byteOffset: this.#byteOffset };
    if (mayGive && this.#giver.give(block, start)) this.#advance(block);
    else {
      this.#giver.takeBack(this.#byteOffset);
      this.#readRecords(block);
    }
  }

  /** Reads whole records that another reader has cut; false when it is not known where the last of them ends. */
  readBlock({ bytes, start }: Block): boolean {
    this.#line = start.line;
    this.#byteOffset = start.byteOffset;
    this.#readRecords(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return !this.#isResyncing;
  }

  #readRecords(block: Buffer): void {
    const behind = this.#records?.read(block, { line: this.#line, byteOffset: this.#byteOffset });
    this.#line = behind?.line ?? this.#line;
    this.#byteOffset = behind?.byteOffset ?? this.#byteOffset;
  }

  get #isResyncing(): boolean {
    return this.#records?.isResyncing === true;
  }

  /** Rejects a record that is not at its end when as many bytes as allowed are at hand. */
  #passOversized(bytes: Buffer): number {
    const unclosed = this.#scanner.scan(bytes, 0, false) === 'unclosed';
    const end = lineEndAt(bytes, 0);
    if (this.#shape && unclosed && end < bytes.length - 1) {
      const line = bytes.subarray(0, behindLineEnd(bytes, end));
      this.#readRecords(line);
      return line.length;
    }
    const { encoding, maxRecordBytes } = this.#settings;
    this.#sink.reject({
      line: this.#line,
      byteOffset: this.#byteOffset,
      column: null,
      code: 'record_too_large',
      message: `The record is larger than ${maxRecordBytes} bytes; raw holds the first of them. Look for a quote that never closes, or raise "maxRecordBytes".`,
      raw: readable(bytes, encoding),
    });
    this.#advance(bytes);
    this.#passing = true;
    return bytes.length;
  }

  #passRest(bytes: Buffer): number {
    const end = lineEndAt(bytes, 0);
    const next = behindLineEnd(bytes, end);
    this.#passing = end === bytes.length;
    this.#advance(bytes.subarray(0, next));
    return next;
  }

  #advance(bytes: Buffer, lines = countLineEnds(bytes)): void {
    this.#line += lines;
    this.#byteOffset += originalLength(bytes, this.#settings.encoding);
  }
}
