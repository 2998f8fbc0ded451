import { isUtf8 } from 'node:buffer';
import type { Encoding } from '../domain/settings.js';
import { type BlockStart, CarefulReader } from './csv-careful.js';
import type { Lane } from './csv-lane.js';
import type { RecordParser } from './csv-parser.js';
import { allFit, fillLines, type RowShape, recordsOf } from './csv-rows.js';
import type { RecordScanner } from './csv-scan.js';
import { originalLength } from './encoding.js';
import { countLineEnds } from './lines.js';
import type { ReadRecord, RecordProblem, RecordSink } from './record.js';

/** Records one behind the other that the lane cannot read, after which csv-parse reads the rest of their block. */
const mostMisses = 3;

export interface BlockParts {
  readonly shape: RowShape;
  readonly encoding: Encoding;
  readonly scanner: RecordScanner;
  readonly parser: RecordParser;
  /** Null: csv-parse reads everything. */
  readonly lane: Lane | null;
  readonly sink: RecordSink;
}

/**
 * Reads blocks of whole records, UTF-8, of a file whose header is known. Where the lane is admitted it reads what is
 * regular, and csv-parse the records between, with their places. Where it is not, csv-parse reads a block twice as fast
 * without telling where records stand; only one with something irregular in it is read again with positions.
 */
export class BlockRecords {
  readonly #parts: BlockParts;
  readonly #careful: CarefulReader;
  /** Of the next byte. */
  #line = 1;
  #byteOffset = 0;

  constructor(parts: BlockParts) {
    const { shape, encoding, scanner, parser, sink } = parts;
    this.#parts = parts;
    const parse = (records: Buffer) => parser.relaxed(records);
    this.#careful = new CarefulReader({ scanner, shape, encoding, parse, sink });
  }

  /** Whether it is not known where the last record that was read ends. */
  get isResyncing(): boolean {
    return this.#careful.isResyncing;
  }

  /** Reads a block; returns where the next one starts. */
  read(block: Buffer, start: BlockStart): BlockStart {
    this.#line = start.line;
    this.#byteOffset = start.byteOffset;
    const isText = !this.#parts.parser.rewrites && isUtf8(block) && !block.includes(0);
    const rest = isText ? this.#readByLane(block) : block;
    if (rest.length > 0) this.#readByParser(rest, isText);
    return this.#here;
  }

  get #here(): BlockStart {
    return { line: this.#line, byteOffset: this.#byteOffset };
  }

  /** Has the lane read what it can, and csv-parse the single records that it cannot; returns what is left. */
  #readByLane(block: Buffer): Buffer {
    const { lane } = this.#parts;
    lane?.pass(block);
    let rest = block;
    for (let misses = 0; lane?.isOfUse && rest.length > 0 && misses < mostMisses; ) {
      const length = this.isResyncing ? 0 : this.#readRegular(rest, lane);
      misses = length > 0 ? 0 : misses + 1;
      rest = rest.subarray(length);
      if (rest.length > 0 && lane.isOfUse) rest = rest.subarray(this.#readIrregular(rest));
    }
    return rest;
  }

  /** Reads the regular records that a block begins with; returns their bytes. */
  #readRegular(block: Buffer, lane: Lane): number {
    const { cells, bytes } = lane.cut(block, this.#line);
    if (bytes === 0) return 0;
    const records = block.subarray(0, bytes);
    if (!lane.isAdmitted) return this.#readOnTrial(records, lane) ? bytes : 0;
    const { lineBehind } = cells;
    this.#rejectRefused(records, this.#parts.sink.block(cells));
    this.#advance(records, lineBehind - this.#line);
    return bytes;
  }

  /** Has csv-parse read what is regular to the lane; false when it is not to csv-parse. */
  #readOnTrial(block: Buffer, lane: Lane): boolean {
    const records = this.#strictly(block);
    lane.compare(block, records);
    if (records) this.#take(block, records);
    return records !== null;
  }

  /** Reads the record that a block begins with, and those behind it that it breaks; returns their bytes. */
  #readIrregular(block: Buffer): number {
    const length = this.#careful.readFirst(block, this.#here);
    this.#advance(block.subarray(0, length));
    return length;
  }

  #readByParser(block: Buffer, isText: boolean): void {
    const records = isText && !this.isResyncing ? this.#strictly(block) : null;
    if (records) {
      this.#take(block, records);
    } else {
      this.#careful.read(block, this.#here);
      this.#advance(block);
    }
  }

  /** What csv-parse makes of a block; null when something in it is irregular. */
  #strictly(block: Buffer): ReadRecord[] | null {
    const { parser, shape } = this.#parts;
    const rows = parser.strictly(block);
    const lines = countLineEnds(block);
    if (rows === null || !allFit(rows, shape) || !fillLines(rows, lines)) return null;
    return recordsOf(rows, shape, this.#line, lines > rows.length);
  }

  #take(block: Buffer, records: readonly ReadRecord[]): void {
    this.#rejectRefused(block, this.#parts.sink.records(records));
    this.#advance(block);
  }

  #rejectRefused(block: Buffer, refused: ReadonlyMap<number, RecordProblem>): void {
    if (refused.size > 0) this.#careful.rejectPlaces(block, refused, this.#here);
  }

  #advance(bytes: Buffer, lines = countLineEnds(bytes)): void {
    this.#line += lines;
    this.#byteOffset += originalLength(bytes, this.#parts.encoding);
  }
}
