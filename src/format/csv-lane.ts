import { CellBlock } from '../domain/cellBlock.js';
import { BlockCutter, type CutRecords, type CutShape, type CutSyntax, isAsAhead } from './csv-cutter.js';
import type { Columns } from './csv-header.js';
import type { Dialect } from './dialect.js';
import type { ReadRecord } from './record.js';

/** The syntax of a dialect that the lane can cut, or null. */
function laneSyntax({ delimiter, spaced, quote, escape: written }: Dialect): CutSyntax | null {
  const isPlain = delimiter.length === 1 && !spaced && (quote === null || written === 'doubled');
  return isPlain ? { delimiter, quote } : null;
}

/** Shapes that are remembered; whoever has more has them all tried again. */
const mostShapes = 10_000;
/** Headers whose columns are remembered. */
const mostHeaders = 100;

/** Bytes on which csv-parse and the lane agree that are as good as a whole file. */
const trialBytes = 1 * 1024 * 1024;

/**
 * The shapes of files that the lane may cut. csv-parse reads the first file of a shape, of a large one the first
 * megabyte, and the lane cuts it beside it; only if both agree on each cell of what is regular the lane is admitted to
 * what follows, else never.
 */
export class LaneAdmission {
  readonly #shapes = new Map<string, 'admitted' | 'refused'>();
  /** What is cut, one block after the other. */
  readonly cells = new CellBlock();
  readonly #headers = new Map<string, Columns>();

  /** What is known of a shape: `trial` while it is new. */
  stateOf(shape: string): LaneState {
    return this.#shapes.get(shape) ?? 'trial';
  }

  /** The columns of a header, which mostly has come before; `read` is asked for the first only. */
  columns(header: Buffer, by: string, read: () => Columns): Columns {
    const key = `${by}\0${header.toString('latin1')}`;
    const known = this.#headers.get(key);
    if (known) return known;
    if (this.#headers.size >= mostHeaders) this.#headers.clear();
    const columns = read();
    this.#headers.set(key, columns);
    return columns;
  }

  /** Notes what the trial of a whole file came to. */
  judge(shape: string, agreed: boolean): void {
    if (this.#shapes.get(shape) === 'refused') return;
    if (this.#shapes.size >= mostShapes) this.#shapes.clear();
    this.#shapes.set(shape, agreed ? 'admitted' : 'refused');
  }
}

/** How the lane stands with a shape. */
export type LaneState = 'trial' | 'admitted' | 'refused';

/** The lane on its way through one file. */
export class Lane {
  #shape = '';
  #cutShape: CutShape | null = null;
  #cutter: BlockCutter | null = null;
  #state: LaneState = 'refused';
  /** On trial: whether it agrees so far; null while nothing was compared. */
  #agrees: boolean | null = null;
  #compared = 0;
  #seen = 0;
  /** Whether cells that were cut ahead are as this would cut them. */
  #mayBeAhead = false;

  constructor(
    readonly syntax: CutSyntax,
    readonly admission: LaneAdmission,
    /** All records of the file. */
    readonly ahead: CutRecords | null,
  ) {}

  /** Begins with the records of a file; `header` is what its header says. */
  enter(header: string, shape: CutShape): void {
    const { delimiter, quote } = this.syntax;
    this.#shape = `${delimiter}${quote ?? ''}\0${header}`;
    this.#state = this.admission.stateOf(this.#shape);
    this.#cutShape = shape;
    this.#cutter = null;
    this.#mayBeAhead = isAsAhead(shape);
  }

  get state(): LaneState {
    return this.#state;
  }

  /** Whether it may soon be known if it is admitted: not where hardly a record is regular. */
  get isOnTrial(): boolean {
    return this.#state === 'trial' && this.#seen < 2 * trialBytes;
  }

  get isAdmitted(): boolean {
    return this.#state === 'admitted';
  }

  /** Whether it is admitted or may still be. */
  get isOfUse(): boolean {
    return this.isAdmitted || (this.#state === 'trial' && this.#agrees !== false);
  }

  /** Takes note of a block that is about to be read. */
  pass(block: Buffer): void {
    this.#seen += block.length;
  }

  /** Admits the lane to a file that another thread found it to agree on. */
  admit(): void {
    this.admission.judge(this.#shape, true);
    this.#state = this.admission.stateOf(this.#shape);
  }

  /** The regular records that a block begins with, UTF-8, the first of them on `line`. */
  cut(block: Buffer, line: number): CutRecords {
    const isAhead = this.#mayBeAhead && line === 2 && block.length === this.ahead?.bytes;
    return isAhead && this.ahead ? this.ahead : this.#cut(block, line);
  }

  /** On trial: compares what it cuts with what csv-parse has made of the same records; null: they are not regular to it. */
  compare(block: Buffer, records: readonly ReadRecord[] | null): void {
    if (this.#state !== 'trial') return;
    const cut = this.#cut(block, records?.[0]?.line ?? 1);
    this.#agrees = records !== null && cut.bytes === block.length && isEqual(cut.cells, records);
    this.#compared += block.length;
    if (this.#compared >= trialBytes) this.end();
  }

  /** At the end of the file, or once enough of it was compared: a trial is over. */
  end(): void {
    if (this.#state !== 'trial' || this.#agrees === null) return;
    this.admission.judge(this.#shape, this.#agrees);
    this.#state = this.admission.stateOf(this.#shape);
  }

  #cut(block: Buffer, line: number): CutRecords {
    const { cells } = this.admission;
    if (this.#state === 'refused' || this.#cutShape === null) return { cells, bytes: 0 };
    this.#cutter ??= new BlockCutter(this.syntax, this.#cutShape);
    return { cells, bytes: this.#cutter.cut(block, line, cells) };
  }
}

/** The lane for a file of that dialect, or null when it is none for the lane. */
export function laneOf(
  dialect: Dialect,
  admission: LaneAdmission,
  ahead: CutRecords | null = null,
): Lane | null {
  const syntax = laneSyntax(dialect);
  return syntax && new Lane(syntax, admission, ahead);
}

/** Whether a block holds these records, cell for cell. */
function isEqual(cut: CellBlock, records: readonly ReadRecord[]): boolean {
  if (cut.records !== records.length) return false;
  return records.every(({ cells, line }, record) => {
    const own = cut.record(record).slice(-cells.length);
    return cut.lines[record] === line && cells.every((cell, column) => cell === own[column]);
  });
}
