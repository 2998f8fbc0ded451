import type { CsvReading } from '../domain/reading.js';
import { RecordParser } from './csv-parser.js';
import { byteProblem, type RowShape, rowFits, toCells, widthProblem } from './csv-rows.js';
import { RecordScanner, terminated } from './csv-scan.js';
import type { Cell, RecordProblem } from './record.js';

/** What the text of a record comes to: its cells, what is wrong with it, or null if it is not one record. */
export type ReadAgain = { readonly cells: Cell[] } | { readonly problem: RecordProblem } | null;

/** Reads the text of single records as their file was read. */
export class RecordAgain {
  readonly #scanner: RecordScanner;
  readonly #parser: RecordParser;
  readonly #shape: RowShape;

  constructor(reading: CsvReading, shape: Omit<RowShape, 'fields'>) {
    this.#scanner = new RecordScanner(reading);
    this.#parser = new RecordParser(reading, 'utf-8');
    this.#shape = { ...shape, fields: reading.fields };
  }

  /** `raw` as a reject has it: without its line end. */
  read(raw: string): ReadAgain {
    const bytes = Buffer.from(raw);
    const problem = byteProblem(bytes);
    if (problem) return { problem };
    const record = terminated(bytes);
    if (this.#scanner.scan(record, 0, true) !== 'whole' || this.#scanner.end < record.length) return null;
    const [row, ...others] = this.#parser.relaxed(record);
    if (!row || others.length > 0) return null;
    if (!rowFits(row, this.#shape)) return { problem: widthProblem(row, this.#shape) };
    return { cells: toCells(row, this.#shape) };
  }
}
