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
  /** Says that the file is complete, with the last bytes of it, which are read where they lie. Throws as `push`. */
  end(last?: Buffer): Promise<void> | void;
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

/** Whether the name of a file says that it is packed by gzip. */
export function saysPacked(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** Whether bytes are packed by gzip, by the first two of them. */
export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * A decoder for a file of this name; its first bytes decide what the settings and `learnt` leave open. It throws
 * FieldsToLearn and OtherEncoding for what should have been learnt. `helpers`: who reads blocks of it, too.
 */
export function decoderFor(
  { absolutePath, parse, batchRows }: Pick<FileJob, 'absolutePath' | 'parse' | 'batchRows'>,
  learnt: Learnt,
  sink: RecordSink,
  helpers: Helpers | null = null,
): Decoder {
  const packed = saysPacked(absolutePath);
  const path = packed ? absolutePath.slice(0, -3) : absolutePath;
  const reader = new SampledReader(sink, { path, parse, memory, lanes, helpers, batchRows, learnt });
  return new FirstBytes(reader, packed);
}

const none: Buffer = Buffer.alloc(0);

/** Finds out by its first bytes whether a file is packed. One that has none is, if its name says so. */
class FirstBytes implements Decoder {
  #decoder: Decoder | null = null;
  #held = none;

  constructor(
    readonly inner: SampledReader,
    readonly saysPacked: boolean,
  ) {}

  push(chunk: Buffer): Promise<void> | void {
    if (this.#decoder) return this.#decoder.push(chunk);
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = bytes.length < 2 ? Buffer.from(bytes) : none;
    if (bytes.length >= 2) return this.#decide(isGzip(bytes)).push(bytes);
  }

  end(last: Buffer = none): Promise<void> | void {
    const bytes = this.#held.length === 0 ? last : Buffer.concat([this.#held, last]);
    const decoder = this.#decoder ?? this.#decide(bytes.length >= 2 ? isGzip(bytes) : this.saysPacked);
    return decoder.end(bytes);
  }

  #decide(packed: boolean): Decoder {
    this.#decoder = packed ? new GunzipDecoder(this.inner) : this.inner;
    return this.#decoder;
  }

  get format(): string {
    return (this.#decoder ?? this.inner).format;
  }

  get reasons(): readonly string[] {
    return this.inner.reasons;
  }

  get csv(): CsvReading | null {
    return this.inner.csv;
  }
}

/** Unpacks gzip in bounded memory, members after one another too, and zeros behind them as on a tape. */
class GunzipDecoder implements Decoder {
  readonly #gunzip: Gunzip = createGunzip();
  #failure: unknown = null;
  /** Whether the last member has ended, though there are bytes behind it. */
  #isOver = false;
  #taken = 0;

  constructor(readonly inner: SampledReader) {
    this.#gunzip.on('data', (chunk: Buffer) => {
      if (this.#failure !== null) return;
      try {
        inner.push(chunk);
      } catch (error) {
        this.#failure = error;
      }
    });
    this.#gunzip.on('end', () => {
      this.#isOver = true;
    });
    // Each call listens for itself.
    this.#gunzip.on('error', () => {});
  }

  async push(chunk: Buffer): Promise<void> {
    this.#taken += chunk.length;
    if (!this.#isOver) await this.#settled((done) => this.#gunzip.write(Buffer.from(chunk), done));
    if (!this.#isOver) return;
    const behind = Math.min(chunk.length, this.#taken - this.#gunzip.bytesWritten);
    if (chunk.subarray(chunk.length - behind).some((byte) => byte !== 0))
      throw packError(new Error('other bytes follow it'));
  }

  async end(last: Buffer = none): Promise<void> {
    if (last.length > 0) await this.push(last);
    if (!this.#isOver) await this.#settled(() => this.#gunzip.end());
    this.#gunzip.destroy();
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

  /** Waits for what is called `done`, or for the end; an error is not always handed to a callback. */
  async #settled(work: (done: (error?: Error | null) => void) => void): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(packError(error)) : resolve());
      const over = () => done();
      this.#gunzip.once('error', done).once('end', over);
      work((error) => {
        this.#gunzip.off('error', done).off('end', over);
        done(error);
      });
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
