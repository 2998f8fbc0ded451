import { createGunzip, type Gunzip } from 'node:zlib';
import { IngestError, messageOf } from '../domain/errors.js';
import { CsvReader } from '../format/csv.js';
import { detectFormat } from '../format/detect.js';
import { JsonReader } from '../format/json.js';
import type { RecordReader, RecordSink } from '../format/record.js';

/** Takes a file's bytes as they lie on the share. */
export interface Decoder {
  /** Resolves, or returns at once, when more can be taken. Throws IngestError if the file cannot be read as records. */
  push(chunk: Buffer): Promise<void> | void;
  end(): Promise<void> | void;
  /** How the bytes were understood, for people. */
  format(): string;
}

/** A decoder for a file of this name; its first bytes decide the format. */
export function decoderFor(path: string, sink: RecordSink): Decoder {
  const packed = /\.gz$/i.test(path);
  const reader = new SniffingReader(packed ? path.slice(0, -3) : path, sink);
  return packed ? new GunzipDecoder(reader) : reader;
}

/** Waits for the first bytes, then reads on in the format that they show. */
class SniffingReader implements Decoder {
  #reader: RecordReader | null = null;
  #format = 'empty';

  constructor(
    readonly path: string,
    readonly sink: RecordSink,
  ) {}

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#reader ??= this.#open(chunk);
    this.#reader.push(chunk);
  }

  end(): void {
    this.#reader?.end();
  }

  format(): string {
    return this.#format;
  }

  #open(head: Buffer): RecordReader {
    if (detectFormat(head, this.path) === 'json') {
      this.#format = 'json';
      return new JsonReader(this.sink, {});
    }
    const delimiter = /\.tsv$/i.test(this.path) ? '\t' : ',';
    this.#format = `csv, delimiter ${JSON.stringify(delimiter)}`;
    return new CsvReader(this.sink, { delimiter });
  }
}

/** Unpacks gzip in bounded memory, members after one another too. */
class GunzipDecoder implements Decoder {
  readonly #gunzip: Gunzip = createGunzip();
  #failure: unknown = null;

  constructor(readonly inner: SniffingReader) {
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

  format(): string {
    return `gzip, ${this.inner.format()}`;
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
