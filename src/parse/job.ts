import type { KnownPlace } from '../cache/cache.js';
import type { ContentKey } from '../cache/contents.js';
import type { ErrorCode } from '../domain/errors.js';
import type { Fingerprint } from '../domain/file.js';
import type { RecordReading } from '../domain/reading.js';
import type { SegmentFile, Shape } from '../domain/segment.js';
import type { Deadlines, ParseSettings, SegmentWriting } from '../domain/settings.js';
import type { IdentitySettings } from '../segment/writer.js';
import type { Access } from '../share/calls.js';

/** Files up to this size are read whole before they are parsed: one hash, no half-written segment to undo. */
export const smallFileBytes = 8 * 1024 * 1024;

/** All that a parser thread needs to know of a file. Crosses the thread border, so it is plain data. */
export interface FileJob {
  readonly absolutePath: string;
  /** Its source's name. */
  readonly source: string;
  readonly access: Access;
  readonly deadlines: Deadlines;
  /** What `hiddenDevice` says of its source. */
  readonly hidden: bigint | null;
  /** As the scan found it. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Content that is already in the database; a file that still has it is not parsed. */
  readonly known: { readonly sha256: string; readonly size: number } | null;
  /** Records that were parsed of this very content before, so that the file need not be read; null: unknown. */
  readonly kept: KnownPlace | null;
  /** Over all but the content that decides which records come of it. */
  readonly parseKey: string;
  readonly identity: Omit<IdentitySettings, 'context'>;
  readonly parse: ParseSettings;
  /** Rows that are held in memory at a time, those of child tables among them. */
  readonly batchRows: number;
  /** Columns with one value for the whole file, as those from its path. */
  readonly constants: readonly (readonly [name: string, value: string])[];
}

/** Files that one thread parses into one segment. */
export interface Parcel {
  readonly segmentPath: string;
  readonly files: readonly FileJob[];
  readonly writer: SegmentWriting;
  /** Files read at the same time. */
  readonly concurrency: number;
  /** The folder of the parse cache in which contents are looked up, or null. */
  readonly cache: string | null;
  /** Whether the segment is to be kept. */
  readonly keep: boolean;
}

export interface FileFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
  /** How the file was read. */
  readonly assumed?: string;
}

export interface FileWarning {
  readonly code: string;
  readonly message: string;
}

/** A file that was read to its end. */
export interface ReadWhole {
  readonly fingerprint: Fingerprint;
  /** When it was opened, in nanoseconds since 1970. */
  readonly openedAtNs: bigint;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What a thread found in a file, or that it could not get at it. */
export type FileResult = ReadResult | Unreached;

/** Its source stopped answering before the file was read; it may never have been begun. */
export interface Unreached {
  readonly kind: 'unreached';
  readonly why: string;
  /** This very file's call had no answer. */
  readonly hung: boolean;
}

/** What a thread found in a file. */
export type ReadResult =
  | (ReadWhole & {
      readonly kind: 'parsed';
      readonly part: SegmentFile;
      /** How the bytes were read, for people: `csv, delimiter ","`. */
      readonly format: string;
      /** Why, in words. */
      readonly reasons: readonly string[];
      /** With which the text of a reject can be read again. */
      readonly reading: RecordReading;
      readonly warnings: readonly FileWarning[];
      /** Of parsing; of the time before, for records that were parsed then. */
      readonly seconds: number;
      readonly fromCache: boolean;
    })
  /** The content is the known one. */
  | (ReadWhole & { readonly kind: 'same' })
  /** It changed while it was read. */
  | { readonly kind: 'unsettled'; readonly fingerprint: Fingerprint; readonly bytes: number }
  | { readonly kind: 'vanished' }
  | { readonly kind: 'failed'; readonly failure: FileFailure; readonly bytes: number };

export interface ParcelResult {
  readonly segmentPath: string;
  /** In the order of the parcel's files. */
  readonly files: readonly FileResult[];
  readonly shapes: readonly Shape[];
  /** Seconds of the thread. */
  readonly seconds: { readonly read: number; readonly parse: number };
  /** The segment's hash and the contents in it by their keys, if it is worth keeping. */
  readonly keep: Kept | null;
  /** Kept segments that were of use, and those that were damaged. */
  readonly used: readonly string[];
  readonly damaged: readonly string[];
}

/** What another run must know of a segment. */
export interface Kept {
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** Of each file whose content it has, with the file's number. */
  readonly contents: readonly (ContentKey & { readonly file: number })[];
}
