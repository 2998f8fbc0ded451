import { isUtf8 } from 'node:buffer';
import type { Encoding } from '../domain/settings.js';
import { byteProblem, type RowShape, rowFits, toCells, widthProblem } from './csv-rows.js';
import { behindLineEnd, isLineEnd, lineEndAt, type RecordScanner, withoutLineEnd } from './csv-scan.js';
import { originalLength, readable } from './encoding.js';
import { countLineEnds } from './lines.js';
import { flatRecord, type RecordProblem, type RecordSink } from './record.js';

/** Where a block of records starts in the file. */
export interface BlockStart {
  /** 1-based. */
  readonly line: number;
  readonly byteOffset: number;
}

export interface CarefulParts {
  readonly scanner: RecordScanner;
  readonly shape: RowShape;
  readonly encoding: Encoding;
  /** Reads whole records, each of which the scanner has passed. */
  readonly parse: (records: Buffer) => string[][];
  readonly sink: RecordSink;
}

/** A stretch of the block. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

const brokenQuote: RecordProblem = {
  code: 'broken_quote',
  column: null,
  message:
    'A quote is out of place: text follows a closing quote, or a quoted field never ends. Double each quote within a quoted field and close the field with a quote, or set "csv.quote" and "csv.escape".',
};

/**
 * Reads a block of whole and broken records with their places, so that a bad record costs only itself. Behind a broken
 * quote the next line that fits the dialect is a record again; what stands between is not believed.
 */
export class CarefulReader {
  readonly #parts: CarefulParts;
  #block: Buffer = Buffer.alloc(0);
  #line = 1;
  #byteOffset = 0;
  /** Up to where line and offset are counted. */
  #counted = 0;
  /** A record with a broken quote whose further lines may follow. */
  #open: Stretch | null = null;
  isResyncing = false;

  constructor(parts: CarefulParts) {
    this.#parts = parts;
  }

  read(block: Buffer, start: BlockStart): void {
    this.#read(block, start, isUtf8(block) && !block.includes(0), false);
  }

  /**
   * Reads the first record of a block without NUL bytes, and what it takes to be in step again if it is broken. Returns
   * the bytes up to the next record.
   */
  readFirst(block: Buffer, start: BlockStart): number {
    return this.#read(block, start, true, true);
  }

  /** `decodes`: all of the block is known to be text. */
  #read(block: Buffer, start: BlockStart, decodes: boolean, onlyFirst: boolean): number {
    this.#begin(block, start);
    let batch: Stretch[] = [];
    let end = block.length;
    let seen = 0;
    for (const { record, whole } of this.#records()) {
      const clean = whole && (decodes || byteProblem(this.#content(record)) === null);
      seen += 1;
      if (clean && !this.isResyncing) {
        if (onlyFirst && seen > 1) {
          end = record.start;
          break;
        }
        batch.push(record);
        continue;
      }
      this.#emit(batch);
      batch = [];
      if (!whole) this.#break(record);
      else if (!this.isResyncing) this.#reject(record, byteProblem(this.#content(record)) ?? brokenQuote);
      else this.#resync(record);
    }
    this.#emit(batch);
    this.#closeOpen();
    return end;
  }

  /** Rejects records that the sink has refused, by their places in a block that has nothing irregular in it. */
  rejectPlaces(block: Buffer, refused: ReadonlyMap<number, RecordProblem>, start: BlockStart): void {
    this.#begin(block, start);
    let index = 0;
    for (const { record } of this.#records()) {
      const problem = refused.get(index++);
      if (problem) this.#reject(record, problem);
    }
  }

  #begin(block: Buffer, { line, byteOffset }: BlockStart): void {
    this.#block = block;
    this.#line = line;
    this.#byteOffset = byteOffset;
    this.#counted = 0;
  }

  /** The block's records in order, without the blank lines between them; a broken one ends with its line. */
  *#records(): Generator<{ record: Stretch; whole: boolean }> {
    const { scanner } = this.#parts;
    for (let at = 0; at < this.#block.length; ) {
      if (isLineEnd(this.#block[at])) {
        at++;
        continue;
      }
      const whole = scanner.scan(this.#block, at, true) === 'whole';
      const end = whole ? scanner.end : behindLineEnd(this.#block, lineEndAt(this.#block, at));
      yield { record: { start: at, end }, whole };
      at = end;
    }
  }

  /** Hands on records that lie one behind the other. */
  #emit(batch: readonly Stretch[]): void {
    const [first] = batch;
    const last = batch.at(-1);
    if (!first || !last) return;
    const rows = this.#parts.parse(this.#block.subarray(first.start, last.end));
    if (rows.length === batch.length) {
      for (const [index, record] of batch.entries()) this.#emitRow(record, rows[index] ?? []);
    } else {
      for (const record of batch) this.#emitRow(record, this.#fieldsOf(record));
    }
  }

  #emitRow(record: Stretch, row: string[]): void {
    const { shape, sink } = this.#parts;
    if (!rowFits(row, shape)) {
      this.#reject(record, widthProblem(row, shape));
      return;
    }
    this.#countTo(record.start);
    const problem = sink.records([flatRecord(toCells(row, shape), this.#line)]).get(0);
    if (problem) this.#reject(record, problem);
  }

  #break(record: Stretch): void {
    if (this.#open && this.#isRest(record)) {
      this.#open = { start: this.#open.start, end: record.end };
    } else {
      this.#closeOpen();
      this.#open = record;
    }
    this.isResyncing = true;
  }

  /** Behind a broken record: takes a record that fits and has no quote out of place, or breaks it too. */
  #resync(record: Stretch): void {
    const row = byteProblem(this.#content(record)) === null ? this.#fieldsOf(record) : [];
    if (this.#parts.scanner.hasStrayQuote || !rowFits(row, this.#parts.shape)) {
      this.#break(record);
      return;
    }
    this.isResyncing = false;
    this.#closeOpen();
    this.#emitRow(record, row);
  }

  /** True if a line has too few delimiters to be a record of its own: it is the rest of a broken one. */
  #isRest(record: Stretch): boolean {
    const { scanner, shape } = this.#parts;
    return scanner.countDelimiters(this.#content(record)) + 1 < shape.fields;
  }

  #closeOpen(): void {
    if (this.#open) this.#reject(this.#open, brokenQuote);
    this.#open = null;
  }

  #fieldsOf(record: Stretch): string[] {
    return this.#parts.parse(this.#block.subarray(record.start, record.end))[0] ?? [];
  }

  #content({ start, end }: Stretch): Buffer {
    return withoutLineEnd(this.#block.subarray(start, end));
  }

  #reject(record: Stretch, problem: RecordProblem): void {
    this.#countTo(record.start);
    const raw = readable(this.#content(record), this.#parts.encoding);
    this.#parts.sink.reject({ line: this.#line, byteOffset: this.#byteOffset, raw, ...problem });
  }

  #countTo(offset: number): void {
    const passed = this.#block.subarray(this.#counted, offset);
    this.#line += countLineEnds(passed);
    this.#byteOffset += originalLength(passed, this.#parts.encoding);
    this.#counted = offset;
  }
}
