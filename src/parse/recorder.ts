import { CellBlock } from '../domain/cellBlock.js';
import { ListRows } from '../domain/listRows.js';
import type { RecordReading } from '../domain/reading.js';
import type { SegmentFile, Shape, Stretch } from '../domain/segment.js';
import { renamedMessage, UniqueNames, uniqueNames } from '../format/names.js';
import { type PreambleEntry, preambleColumns } from '../format/preamble.js';
import {
  type Cell,
  type ChildOrigin,
  type ReadRecord,
  type RecordProblem,
  type RecordReject,
  type RecordSink,
  recordsOf,
} from '../format/record.js';
import type { SegmentWriter, ShapeWriter } from '../segment/writer.js';
import { type Check, compileChecks } from './checks.js';
import { type ChildPiece, ChildRecorder, shapesOf } from './childRecorder.js';
import type { FileJob, FileWarning } from './job.js';
import { type PartColumns, Profiled } from './profiled.js';
import { type Redactor, redactorFor } from './redactor.js';

/** What of a file's job its records depend on. */
export type RecorderJob = Pick<FileJob, 'constants' | 'identity' | 'parse'>;

type Constants = readonly (readonly [name: string, value: string])[];

/** Warnings of one file that are kept; the rest say the same. */
const maxWarnings = 5;

/** What a recorder must know to record a part of a file that another one has begun. Plain data. */
export interface RecorderHead {
  /** The file's number in the segment. */
  readonly file: number;
  /** The least `n` and `m` of what is recorded at the start of the file. */
  readonly base: number;
  readonly constants: Constants;
  /** What of the preamble is part of every row's identity. */
  readonly context: readonly PreambleEntry[];
}

/** What was recorded of a part of a file. Plain data. */
export interface RecordedPiece {
  readonly stretch: Stretch;
  readonly rejected: number;
  readonly shapes: readonly Shape[];
  readonly columns: PartColumns;
  readonly children: readonly ChildPiece[];
}

/** Takes the records of one file from its reader into a segment, with the file's constants before each. */
export class Recorder implements RecordSink {
  readonly warnings: FileWarning[] = [];
  /** The file's number in the segment. */
  readonly #file: number;
  readonly #base: number;
  /** Where the records and child rows at hand began. */
  #first: { readonly n: number; readonly m: number };
  #stretches: Stretch[] = [];
  readonly #shapes = new Set<number>();
  readonly #profiled = new Profiled();
  readonly #unique = new UniqueNames([]);
  readonly #children: ChildRecorder;
  readonly #redactor: Redactor | null;
  #constants: Constants;
  #preamble: PreambleEntry[] = [];
  /** As far as it is part of every row's identity. */
  #context: readonly PreambleEntry[] = [];
  /** The constants as cells. */
  #own: readonly Cell[] = [];
  /** For records that come as they were read; most files have none. */
  #one: CellBlock | null = null;
  #listsOfOne: ListRows | null = null;
  #decimalComma = false;
  #check: Check | null = null;
  #writer: ShapeWriter | null = null;
  #rejected = 0;

  /** `head`: that of the recorder that has begun the file; null: this one begins it. */
  constructor(
    readonly segment: SegmentWriter,
    readonly job: RecorderJob,
    head: RecorderHead | null = null,
  ) {
    this.#file = head?.file ?? segment.beginFile();
    this.#base = head?.base ?? Math.max(segment.nextN, segment.nextM);
    this.#first = { n: segment.nextN, m: segment.nextM };
    this.#children = new ChildRecorder(segment);
    this.#redactor = redactorFor(job.parse.redact);
    this.#constants = head?.constants ?? this.#redactedConstants(job.constants);
    this.#preamble.push(...(head?.context ?? []));
  }

  get head(): RecorderHead {
    return { file: this.#file, base: this.#base, constants: this.#constants, context: this.#context };
  }

  /** Goes on with the records from that byte of the file on; those before it are recorded elsewhere. */
  goTo(byteOffset: number): void {
    this.#endStretch();
    // A record takes a byte at least, as does a row of its lists, so that no two have one number.
    this.segment.goTo(this.#file, this.#base + byteOffset, byteOffset);
    this.#first = { n: this.segment.nextN, m: this.segment.nextM };
  }

  /** What was recorded since the last call. */
  take(): RecordedPiece {
    this.#endStretch();
    const [stretch = { firstN: 0, stored: 0, firstM: 0, childRows: 0 }] = this.#stretches.splice(0);
    const shapes = shapesOf(this.segment, this.#shapes);
    this.#shapes.clear();
    const rejected = this.#rejected;
    this.#rejected = 0;
    return { stretch, rejected, shapes, columns: this.#profiled.take(), children: this.#children.take() };
  }

  /** Adds what was recorded elsewhere behind all that is here. Throws Entangled. */
  adopt({ stretch, rejected, shapes, columns, children }: RecordedPiece): void {
    this.#endStretch();
    this.#rejected += rejected;
    if (stretch.stored === 0) return;
    this.#stretches.push(stretch);
    this.#profiled.adopt(columns);
    this.#children.adopt(children);
    for (const shape of shapes) this.#shapes.add(this.segment.shapeNumber(shape));
  }

  #endStretch(): void {
    const { n, m } = this.#first;
    const { nextN, nextM } = this.segment;
    this.#first = { n: nextN, m: nextM };
    if (nextN === n) return;
    this.#stretches.push({ firstN: n, stored: nextN - n, firstM: m, childRows: nextM - m });
  }

  preamble(found: readonly PreambleEntry[]): void {
    const entries = this.#redactor?.preamble(found) ?? found;
    this.#preamble.push(...entries);
    for (const { key, value } of entries) this.segment.preamble(this.#file, key, value);
    if (this.job.parse.csv.preamble === 'columns' && this.#profiled.names.length === 0) {
      const columns = [...this.job.constants, ...preambleColumns(entries)];
      this.#constants = this.#redactedConstants(columns);
    }
  }

  columns(names: readonly string[], decimalComma = false): void {
    const profiled = this.#profiled;
    if (profiled.names.length === 0) this.#addColumns(this.#constants.map(([name]) => name));
    this.#addColumns(names.slice(profiled.names.length - this.#constants.length));
    this.#own = this.#constants.map(([, value]) => (value === '' ? null : value));
    this.#decimalComma = decimalComma;
    this.#check = compileChecks(profiled.names, this.job.parse.validate, decimalComma);
    this.#writer = this.segment.shape(profiled.names, decimalComma, this.#identity());
  }

  /** Adds columns; those of the file have names of their own, which may be those of constants. */
  #addColumns(wanted: readonly string[]): void {
    const isSure = this.#constants.length === 0;
    const { names, renamed } = isSure ? { names: wanted, renamed: [] } : uniqueNames(wanted, this.#unique);
    for (const [i, name] of names.entries()) this.#profiled.add(name, wanted[i]);
    if (renamed.length > 0) this.warn('renamed_columns', renamedMessage(renamed));
  }

  #redactedConstants(constants: Constants): Constants {
    const redactor = this.#redactor;
    return redactor ? constants.map(([name, value]) => [name, redactor.value(name, value)]) : constants;
  }

  childColumns(table: number, origin: ChildOrigin, names: readonly string[]): void {
    this.#children.columns(table, origin, names);
  }

  #identity() {
    this.#context = [...this.#preamble];
    const context = this.#context.length === 0 ? '' : JSON.stringify(this.#context);
    return { context, ...this.job.identity };
  }

  records(batch: readonly ReadRecord[]): Map<number, RecordProblem> {
    const refused = new Map<number, RecordProblem>();
    for (const [index, record] of this.#redacted(batch).entries()) {
      const problem = this.#record(record);
      if (problem !== null) refused.set(index, problem);
    }
    return refused;
  }

  #redacted(batch: readonly ReadRecord[]): readonly ReadRecord[] {
    const columns = this.#profiled.names.slice(this.#constants.length);
    return this.#redactor?.records(batch, columns, (table) => this.#children.names(table)) ?? batch;
  }

  get ownCells(): number {
    return this.#constants.length;
  }

  block(cells: CellBlock, lists: ListRows | null = null): Map<number, RecordProblem> {
    if (this.#check === null && this.#redactor === null) {
      cells.lead(this.#own);
      return this.#store(cells, lists);
    }
    return this.records(recordsOf(cells, lists, this.ownCells));
  }

  #record(record: ReadRecord): RecordProblem | null {
    const cells = [...this.#own, ...record.cells];
    const problem = this.#check === null ? null : this.#check(cells);
    if (problem !== null) return problem;
    this.#one ??= new CellBlock();
    const one = this.#one;
    one.begin(this.#profiled.names.length);
    if (record.children.length > 0) this.#listsOfOne ??= new ListRows(one.store);
    const lists = record.children.length > 0 ? this.#listsOfOne : null;
    if (lists) this.#children.fill(lists, record.children);
    one.add(cells, record.line);
    return this.#store(one, lists).get(0) ?? null;
  }

  /** Writes a block's records; returns those that have no key. */
  #store(cells: CellBlock, lists: ListRows | null): Map<number, RecordProblem> {
    const refused = new Map<number, RecordProblem>();
    const writer = this.#writerNow();
    let first = 0;
    for (let record = 0; record < cells.records; record += 1) {
      if (this.#write(writer, cells, lists, record)) continue;
      refused.set(record, this.#noKey());
      this.#note(cells, lists, [first, record]);
      first = record + 1;
    }
    this.#note(cells, lists, [first, cells.records]);
    if (refused.size < cells.records) this.#shapes.add(writer.shape);
    return refused;
  }

  #write(writer: ShapeWriter, cells: CellBlock, lists: ListRows | null, record: number): boolean {
    if (!lists) return writer.write(cells, record);
    const n = this.segment.nextN;
    if (!writer.write(cells, record, this.#children.said(lists, record))) return false;
    this.#children.write(lists, record, cells.lines[record] ?? 0, n);
    return true;
  }

  #note(cells: CellBlock, lists: ListRows | null, range: readonly [number, number]): void {
    this.#profiled.note(cells, this.#decimalComma, range);
    if (lists) this.#children.note(lists, range);
  }

  #writerNow(): ShapeWriter {
    if (!this.#writer) throw new Error('a record came before its columns');
    return this.#writer;
  }

  reject(reject: RecordReject): void {
    this.#rejected += 1;
    const raw = this.#redactor?.text(reject.raw) ?? reject.raw;
    this.segment.reject(this.#file, { ...reject, raw });
  }

  warn(code: string, message: string): void {
    if (this.warnings.length >= maxWarnings) return;
    this.warnings.push({ code, message: this.#redactor?.text(message) ?? message });
  }

  /** The file's part of the segment, once all is recorded. */
  part(): SegmentFile {
    this.#endStretch();
    return {
      file: this.#file,
      stretches: [...this.#stretches],
      stored: this.#total('stored'),
      rejected: this.#rejected,
      preamble: this.#preamble.length,
      shapes: [...this.#shapes],
      columns: this.#profiled.columns,
      childRows: this.#total('childRows'),
      children: this.#children.parts(),
    };
  }

  #total(what: 'stored' | 'childRows'): number {
    return this.#stretches.reduce((sum, stretch) => sum + stretch[what], 0);
  }

  /** How the records were read, once all is recorded, but for what only their reader knows. */
  reading(): Omit<RecordReading, 'csv' | 'assumed'> {
    return {
      columns: this.#profiled.names,
      constants: this.#constants,
      preamble: this.#context,
      lists: this.#total('childRows') > 0,
    };
  }

  #noKey(): RecordProblem {
    const key = this.job.identity.key.join(', ');
    const remedy = 'Mend the record, or name other columns with "key".';
    return { code: 'no_key', column: null, message: `All key columns (${key}) are empty. ${remedy}` };
  }
}
