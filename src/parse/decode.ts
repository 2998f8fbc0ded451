import { createGunzip, type Gunzip } from 'node:zlib';
import { IngestError, messageOf } from '../domain/errors.js';
import type { CsvReading } from '../domain/reading.js';
import { LaneAdmission } from '../format/csv-lane.js';
import { DialectMemory } from '../format/dialect-memory.js';
import type { RecordSink } from '../format/record.js';
import { type Learnt, SampledReader } from '../format/sampled.js';
import type { Helpers } from '../format/spread.js';
import type { FileJob } from './job.js';

/** Takes a file's bytes as they lie on the share. */
export interface Decoder {
  /** Resolves, or returns at once, when more can be taken. Throws IngestError if the file cannot be read as records. */
  push(chunk: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
  /** How the bytes were understood, for people. */
  readonly format: string;
  /** Why, in words. */
  readonly reasons: readonly string[];
  /** How the records of a CSV file are told apart. */
  readonly csv: CsvReading | null;
}

/** The dialects that this thread has found. */
const memory = new DialectMemory();
/** The shapes of files that this thread has read by csv-parse before. */
export const lanes = new LaneAdmission();

/** Whether a file is packed by gzip, as its name says. */
export function isPacked(path: string): boolean {
  return /\.gz$/i.test(path);
}

/**
 * A decoder for a file of this name; its first bytes decide what the settings and `learnt` leave open. It throws
 * MixedFields and OtherEncoding for what should have been learnt. `helpers`: who reads blocks of it, too.
 */
export function decoderFor(
  { absolutePath, parse, batchRows }: Pick<FileJob, 'absolutePath' | 'parse' | 'batchRows'>,
  learnt: Learnt,
  sink: RecordSink,
  helpers: Helpers | null = null,
): Decoder {
  const packed = isPacked(absolutePath);
  const path = packed ? absolutePath.slice(0, -3) : absolutePath;
  const reader = new SampledReader(sink, { path, parse, memory, lanes, helpers, batchRows, learnt });
  return packed ? new GunzipDecoder(reader) : reader;
}

/** Unpacks gzip in bounded memory, members after one another too. */
class GunzipDecoder implements Decoder {
  readonly #gunzip: Gunzip = createGunzip();
  #failure: unknown = null;

  constructor(readonly inner: SampledReader) {
    this.#gunzip.on('data', (chunk: Buffer) => {
      if (this.#failure !== null) return;
      try {
        inner.push(chunk);
      } catch (error) {
        this.#failure = error;
      }
    });
    // The error is handed to the callback of the write that met it.
    this.#gunzip.on('error', () => {});
  }

  push(chunk: Buffer): Promise<void> {
    return this.#settled((done) => this.#gunzip.write(Buffer.from(chunk), done));
  }

  async end(): Promise<void> {
    await this.#settled((done) => {
      this.#gunzip.once('end', () => done(null));
      this.#gunzip.once('error', done);
      this.#gunzip.end();
    });
    this.inner.end();
  }

  get format(): string {
    return `gzip, ${this.inner.format}`;
  }

  get reasons(): readonly string[] {
    return this.inner.reasons;
  }

  get csv(): CsvReading | null {
    return this.inner.csv;
  }

  async #settled(work: (done: (error?: Error | null) => void) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      work((error) => (error ? reject(packError(error)) : resolve()));
    });
    if (this.#failure !== null) throw this.#failure;
  }
}

function packError(error: unknown): IngestError {
  return new IngestError(
    'encoding',
    `The gzip data is damaged or cut short: ${messageOf(error)}.`,
    'Check the file with `gzip -t`; if it was still being written, the next run takes it.',
    { cause: error },
  );
}
