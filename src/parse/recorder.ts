import { folded } from '../domain/columnName.js';
import type { Reading } from '../domain/reading.js';
import { type ColumnProfile, emptyProfile, type SegmentFile } from '../domain/segment.js';
import { type PreambleEntry, preambleColumns } from '../format/preamble.js';
import { profileCell } from '../format/profile.js';
import type { Cell, RecordProblem, RecordReject, RecordSink } from '../format/record.js';
import type { SegmentWriter, ShapeWriter } from '../segment/writer.js';
import { type Check, compileChecks } from './checks.js';
import type { FileJob, FileWarning } from './job.js';

/** Warnings of one file that are kept; the rest say the same. */
const maxWarnings = 5;

/** Takes the records of one file from its reader into a segment, with the file's constants before each. */
export class Recorder implements RecordSink {
  readonly warnings: FileWarning[] = [];
  readonly #firstN: number;
  readonly #shapes = new Set<number>();
  readonly #names: string[] = [];
  readonly #taken = new Set<string>();
  readonly #profiles: ColumnProfile[] = [];
  #constants: readonly (readonly [name: string, value: string])[];
  #preamble: PreambleEntry[] = [];
  /** As far as it is part of every row's identity. */
  #context: readonly PreambleEntry[] = [];
  #cells: Cell[] = [];
  #decimalComma = false;
  #check: Check | null = null;
  #writer: ShapeWriter | null = null;
  #rejected = 0;

  constructor(
    readonly segment: SegmentWriter,
    readonly job: Pick<FileJob, 'constants' | 'identity' | 'parse'>,
    /** The file's place in the parcel. */
    readonly place: number,
  ) {
    this.#firstN = segment.beginFile();
    this.#constants = job.constants;
  }

  preamble(entries: readonly PreambleEntry[]): void {
    this.#preamble.push(...entries);
    for (const { key, value } of entries) this.segment.preamble(this.place, key, value);
    if (this.job.parse.csv.preamble === 'columns' && this.#names.length === 0) {
      this.#constants = [...this.job.constants, ...preambleColumns(entries)];
    }
  }

  columns(names: readonly string[], decimalComma = false): void {
    if (this.#names.length === 0) for (const [name] of this.#constants) this.#addColumn(name);
    for (const name of names.slice(this.#names.length - this.#constants.length)) this.#addColumn(name);
    this.#cells = new Array<Cell>(this.#names.length).fill(null);
    for (const [index, [, value]] of this.#constants.entries())
      this.#cells[index] = value === '' ? null : value;
    this.#decimalComma = decimalComma;
    this.#check = compileChecks(this.#names, this.job.parse.validate, decimalComma);
    this.#writer = this.segment.shape({ columns: this.#names, decimalComma }, this.#identity());
  }

  #identity() {
    this.#context = [...this.#preamble];
    const context = this.#context.length === 0 ? '' : JSON.stringify(this.#context);
    return { ...this.job.identity, context };
  }

  record(cells: readonly Cell[], line: number): RecordProblem | null {
    if (!this.#writer) throw new Error('a record came before its columns');
    const offset = this.#constants.length;
    for (let index = 0; index < cells.length; index += 1) this.#cells[offset + index] = cells[index] ?? null;
    const problem = this.#check === null ? null : this.#check(this.#cells);
    if (problem !== null) return problem;
    if (!this.#writer.write(this.#cells, line)) return this.#noKey();
    this.#shapes.add(this.#writer.shape);
    this.#profileCells();
    return null;
  }

  reject(reject: RecordReject): void {
    this.#rejected += 1;
    this.segment.reject(this.place, reject);
  }

  warn(code: string, message: string): void {
    if (this.warnings.length < maxWarnings) this.warnings.push({ code, message });
  }

  /** Takes the file's records back out of the segment. */
  drop(): void {
    this.segment.dropFrom(this.#firstN);
  }

  /** The file's part of the segment, once all is recorded. */
  part(): SegmentFile {
    return {
      firstN: this.#firstN,
      stored: this.segment.nextN - this.#firstN,
      rejected: this.#rejected,
      shapes: [...this.#shapes],
      columns: this.#names.map((name, index) => ({ name, profile: this.#profiles[index] ?? emptyProfile() })),
    };
  }

  /** How the records were read, but for what only their reader knows. */
  reading(): Omit<Reading, 'csv' | 'assumed'> {
    return {
      columns: this.#names,
      constants: this.#constants,
      preamble: this.#context,
      ...this.job.identity,
    };
  }

  #addColumn(name: string): void {
    let unique = name;
    for (let count = 2; this.#taken.has(folded(unique)); count += 1) unique = `${name}_${count}`;
    this.#taken.add(folded(unique));
    this.#names.push(unique);
    this.#profiles.push(emptyProfile());
  }

  #profileCells(): void {
    for (let index = 0; index < this.#cells.length; index += 1) {
      const profile = this.#profiles[index];
      const cell = this.#cells[index];
      if (!profile) continue;
      if (cell == null) profile.empty += 1;
      else profileCell(profile, cell, this.#decimalComma);
    }
  }

  #noKey(): RecordProblem {
    const key = this.job.identity.key.join(', ');
    const remedy = 'Mend the record, or name other columns with "key".';
    return { code: 'no_key', column: null, message: `All key columns (${key}) are empty. ${remedy}` };
  }
}
