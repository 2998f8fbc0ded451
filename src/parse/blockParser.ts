import { IngestError, messageOf } from '../domain/errors.js';
import { blockReader } from '../format/block-reader.js';
import type { LaneAdmission } from '../format/csv-lane.js';
import { Entangled } from '../format/entangled.js';
import type { FieldNews } from '../format/json-news.js';
import type { Block, BlockReader, Opening } from '../format/spread.js';
import { SegmentFailure } from '../segment/newFile.js';
import type { OpenSegment, SegmentPages } from '../segment/openSegment.js';
import { SqliteFile } from '../segment/sqliteFile.js';
import { SegmentWriter } from '../segment/writer.js';
import { type RecordedPiece, Recorder, type RecorderHead, type RecorderJob } from './recorder.js';

/** What must be known to parse blocks of a file that another thread reads. Plain data. */
export interface BlockJob {
  readonly opening: Opening;
  readonly job: RecorderJob;
  readonly head: RecorderHead;
  readonly segment: OpenSegment;
}

/** What a block came to. Plain data. */
export type ParsedBlock =
  | {
      readonly kind: 'parsed';
      readonly news: readonly FieldNews[];
      readonly piece: RecordedPiece;
      readonly pages: SegmentPages;
      readonly seconds: number;
    }
  /** It cannot be read by itself. */
  | { readonly kind: 'entangled' }
  /** The segment cannot be written; `code` is the system's. */
  | { readonly kind: 'unwritable'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Parses blocks of one file into pages of its segment. */
export class BlockParser {
  readonly #segment: SegmentWriter;
  readonly #recorder: Recorder;
  readonly #reader: BlockReader;

  /** `lanes`: the shapes that this thread need not read by csv-parse. Throws SegmentFailure. */
  constructor({ opening, job, head, segment }: BlockJob, lanes: LaneAdmission) {
    this.#segment = new SegmentWriter(new SqliteFile(segment.path, segment.pages));
    this.#recorder = new Recorder(this.#segment, job, head);
    this.#reader = blockReader(opening, lanes, this.#recorder);
  }

  parse(block: Block): ParsedBlock {
    const started = performance.now();
    try {
      this.#recorder.goTo(block.start.byteOffset);
      const news = this.#reader.read(block);
      if (news === null) return { kind: 'entangled' };
      const piece = this.#recorder.take();
      const pages = this.#segment.takePages();
      return { kind: 'parsed', news, piece, pages, seconds: (performance.now() - started) / 1000 };
    } catch (error) {
      return failed(error);
    }
  }

  close(): void {
    this.#reader.end();
    this.#segment.abandon();
  }
}

/** What keeps the file from being read is told by the one who then reads it alone. */
export function failed(error: unknown): ParsedBlock {
  if (error instanceof SegmentFailure) {
    return { kind: 'unwritable', code: error.code, message: error.message };
  }
  if (error instanceof Entangled || error instanceof IngestError) return { kind: 'entangled' };
  return { kind: 'failed', message: messageOf(error) };
}
