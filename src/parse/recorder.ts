import { type ColumnProfile, emptyProfile, type SegmentFile } from '../domain/segment.js';
import { profileCell } from '../format/profile.js';
import type { Cell, RecordReject, RecordSink } from '../format/record.js';
import type { SegmentWriter, ShapeWriter } from '../segment/writer.js';
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
  #cells: Cell[] = [];
  #writer: ShapeWriter | null = null;
  #rejected = 0;

  constructor(
    readonly segment: SegmentWriter,
    readonly job: FileJob,
    /** The file's place in the parcel. */
    readonly place: number,
  ) {
    this.#firstN = segment.nextN;
  }

  columns(names: readonly string[]): void {
    const constants = this.job.constants;
    if (this.#names.length === 0) for (const [name] of constants) this.#addColumn(name);
    for (const name of names.slice(this.#names.length - constants.length)) this.#addColumn(name);
    this.#cells = new Array<Cell>(this.#names.length).fill(null);
    for (const [index, [, value]] of constants.entries()) this.#cells[index] = value === '' ? null : value;
    this.#writer = this.segment.shape(this.#names, this.job.identity);
  }

  record(cells: readonly Cell[], line: number): void {
    if (!this.#writer) throw new Error('a record came before its columns');
    const offset = this.job.constants.length;
    for (let index = 0; index < cells.length; index += 1) this.#cells[offset + index] = cells[index] ?? null;
    if (!this.#writer.write(this.#cells, line)) {
      this.#rejectWithoutKey(cells, line);
      return;
    }
    this.#shapes.add(this.#writer.shape);
    this.#profileCells();
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

  #addColumn(name: string): void {
    let unique = name;
    for (let count = 2; this.#taken.has(unique.toLowerCase()); count += 1) unique = `${name}_${count}`;
    this.#taken.add(unique.toLowerCase());
    this.#names.push(unique);
    this.#profiles.push(emptyProfile());
  }

  #profileCells(): void {
    for (let index = 0; index < this.#cells.length; index += 1) {
      const profile = this.#profiles[index];
      const cell = this.#cells[index];
      if (!profile) continue;
      if (cell == null) profile.empty += 1;
      else profileCell(profile, cell);
    }
  }

  #rejectWithoutKey(cells: readonly Cell[], line: number): void {
    const key = this.job.identity.key.join(', ');
    this.#rejected += 1;
    this.segment.reject(this.place, {
      line,
      byteOffset: null,
      column: null,
      code: 'no_key',
      message: `All key columns (${key}) are empty.`,
      raw: JSON.stringify(cells),
    });
  }
}
