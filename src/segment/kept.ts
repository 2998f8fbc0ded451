import type { RecordReading } from '../domain/reading.js';
import type { SegmentFile, Shape } from '../domain/segment.js';

/** A record that cannot be stored, as its reader found it. */
export interface SegmentReject {
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/**
 * What must be known of a file beside its rows to use them another time. A segment says it of its own files:
 * `_ingest_segment_files(file, key, description)`.
 */
export interface KeptFile {
  readonly part: SegmentFile;
  /** By the number that `part` gives them. */
  readonly shapes: Readonly<Record<number, Shape>>;
  /** How the bytes were read, why, and what was to be said of it, for people. */
  readonly format: string;
  readonly reasons: readonly string[];
  readonly reading: RecordReading;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Seconds of parsing. */
  readonly seconds: number;
}

/** Describes the files of a segment, by the key under which their contents are kept. */
export const filesTable = '_ingest_segment_files';
