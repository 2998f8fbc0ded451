import { IngestError } from '../domain/errors.js';
import type { CsvReading } from '../domain/reading.js';
import type { CsvSettings, Encoding, ParseSettings } from '../domain/settings.js';
import { CsvReader } from './csv.js';
import type { CutRecords } from './csv-cutter.js';
import type { LaneAdmission } from './csv-lane.js';
import { detectFormat, isFeatureCollection } from './detect.js';
import { type DialectFinding, delimiterName, findDialect, type GivenDialect } from './dialect.js';
import type { DialectMemory } from './dialect-memory.js';
import {
  type EncodingFinding,
  EncodingWatch,
  findEncoding,
  readable,
  type Transcoder,
  transcoderFor,
} from './encoding.js';
import { JsonReader } from './json.js';
import { type FieldLore, noLore } from './json-names.js';
import { judged, needsMore } from './judged.js';
import type { RecordReader, RecordSink } from './record.js';
import type { Helpers } from './spread.js';

/** Bytes that a file is judged by. */
const sampleBytes = 128 * 1024;
/** A sample without two line ends is gathered up to here. */
const longestSample = 4 * 1024 * 1024;

/** What a file's name and its settings say of it. */
export interface FileFacts {
  /** Without `.gz`. */
  readonly path: string;
  readonly parse: ParseSettings;
  /** Dialects of files that came before. */
  readonly memory: DialectMemory;
  /** The shapes that need not be read by csv-parse. */
  readonly lanes: LaneAdmission;
  /** Null: one reader reads all. */
  readonly helpers: Helpers | null;
  /** Rows that are handed on at a time, more or less. */
  readonly batchRows: number;
  readonly learnt: Learnt;
}

/** What an earlier reading of a file has shown, but not its first bytes. */
export interface Learnt {
  /** Of the fields of a JSON file. */
  readonly lore: FieldLore;
  /** Null: as the first bytes show. */
  readonly encoding: EncodingFinding | null;
}

const none = Buffer.alloc(0);

export const nothingLearnt: Learnt = { lore: noLore, encoding: null };

/**
 * Waits for the first bytes of a file, then reads on in the format, encoding and dialect that they show. Throws
 * OtherEncoding where later bytes say that they were no good sample, and FieldsToLearn; both are to be learnt.
 */
export class SampledReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #facts: FileFacts;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #reader: RecordReader | null = null;
  #csv: CsvReader | null = null;
  /** How the bytes are understood, for people. */
  format = 'empty';
  /** Why, in words. */
  reasons: readonly string[] = [];

  constructor(sink: RecordSink, facts: FileFacts) {
    this.#sink = sink;
    this.#facts = facts;
  }

  /** How the records of a CSV file are told apart; null for JSON, or before the header was read. */
  get csv(): CsvReading | null {
    return this.#csv?.reading ?? null;
  }

  push(chunk: Buffer): void {
    if (this.#reader) {
      this.#reader.push(chunk);
      return;
    }
    this.#waiting.push(Buffer.from(chunk));
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= sampleBytes) this.#open();
  }

  end(last: Buffer = none): void {
    if (this.#reader) {
      this.#reader.end(last);
      return;
    }
    const all = this.#waiting.length === 0 ? last : Buffer.concat([...this.#waiting, last]);
    this.#waiting = [];
    if (all.length === 0) return;
    this.#reader = this.#readerFor(all, true);
    this.#reader.end(all);
  }

  /** Goes on once what waits is a sample of the file. */
  #open(): void {
    const sample = Buffer.concat(this.#waiting);
    this.#waiting = [sample];
    const { csv } = this.#facts.parse;
    if (sample.length < longestSample && (countFeeds(sample) < 2 || needsMore(sample, quoteOf(csv)))) return;
    this.#waiting = [];
    this.#reader = this.#readerFor(sample, false);
    this.#reader.push(sample);
  }

  #readerFor(sample: Buffer, complete: boolean): RecordReader {
    if (sample.every((byte) => byte === 0)) throw nothingButNul();
    const { parse, path, learnt } = this.#facts;
    const found = learnt.encoding ?? findEncoding(sample, parse.csv.encoding);
    const head = utf8Of(sample, found);
    if (detectFormat(head, path) === 'csv') return this.#csvReader(found, head, complete);
    const reader = this.#jsonReader(found, head);
    // JSON is UTF-8 by its own rules; only UTF-16 is told without doubt.
    return found.encoding.startsWith('utf-16') ? new TranscodingReader(reader, found) : reader;
  }

  #jsonReader({ encoding, reason }: EncodingFinding, head: Buffer): JsonReader {
    const { parse, path, batchRows, learnt } = this.#facts;
    const features = parse.records.length === 0 && isFeatureCollection(head, path);
    this.format = [
      features ? 'geojson' : 'json',
      ...(encoding.startsWith('utf-16') ? [encoding] : []),
      ...(parse.records.length > 0 ? [`records at ${parse.records.join('.')}`] : []),
    ].join(', ');
    this.reasons = [reason];
    const { maxRecordBytes } = parse;
    const keys = features ? ['features'] : parse.records;
    const showsText = Object.keys(parse.redact.columns).length === 0;
    const { lore } = learnt;
    const options = { maxRecordBytes, batchRows, lore, features, path: keys, nulls: parse.nulls, showsText };
    return new JsonReader(this.#sink, options, this.#facts.helpers);
  }

  #csvReader(encoding: EncodingFinding, head: Buffer, complete: boolean): RecordReader {
    const { csv, maxRecordBytes, ragged, nulls } = this.#facts.parse;
    const sample = judged(head, complete, quoteOf(csv));
    const { finding, records } = this.#dialectOf(sample, encoding.encoding);
    const decimalComma = csv.decimal === ',' || (csv.decimal === 'auto' && finding.dialect.delimiter === ';');
    this.#describe(finding, encoding, decimalComma);
    const reader = new CsvReader(this.#sink, {
      dialect: finding.dialect,
      encoding: encoding.encoding,
      markLength: encoding.markLength,
      maxRecordBytes,
      pad: ragged === 'pad',
      nulls,
      skipUnits: csv.units === 'skip',
      decimalComma,
      lanes: csv.engine === 'auto' ? this.#facts.lanes : null,
      ahead: complete && sample.length === head.length ? records : null,
      helpers: this.#facts.helpers,
    });
    this.#csv = reader;
    return new TranscodingReader(reader, encoding, complete ? null : this.#watchOver(encoding));
  }

  /** Where the first bytes alone have decided between encodings that a few bytes may tell. */
  #watchOver({ encoding, markLength }: EncodingFinding): EncodingWatch | null {
    const { parse, learnt } = this.#facts;
    const isSure = parse.csv.encoding !== 'auto' || learnt.encoding !== null || markLength > 0;
    return isSure || encoding.startsWith('utf-16') ? null : new EncodingWatch(encoding);
  }

  #dialectOf(
    bytes: Buffer,
    encoding: Encoding,
  ): { readonly finding: DialectFinding; readonly records: CutRecords | null } {
    const { parse, path, memory } = this.#facts;
    const given = givenDialect(parse.csv, path);
    const recalled = memory.recall(bytes, given);
    if (recalled) return recalled;
    const sample = readable(bytes, encoding);
    const found = findDialect(sample, given);
    memory.keep(sample, given, found);
    return { finding: found, records: null };
  }

  #describe(finding: DialectFinding, { encoding, reason }: EncodingFinding, decimalComma: boolean): void {
    const { dialect, reasons, tiedWith, doubtfulPreamble } = finding;
    const above = dialect.preamble.length;
    this.format = [
      `csv, ${encoding}`,
      `delimiter ${delimiterName(dialect.delimiter)}`,
      dialect.quote === null ? 'no quotes' : `quote ${dialect.quote}`,
      ...(dialect.escape === 'backslash' ? ['escape \\'] : []),
      dialect.hasHeader ? `header on line ${dialect.firstLine}` : 'no header',
      ...(above > 0 ? [`${above} ${above === 1 ? 'entry' : 'entries'} of preamble`] : []),
      ...(decimalComma ? ['decimal comma'] : []),
    ].join(', ');
    this.reasons = [reason, ...reasons];
    if (doubtfulPreamble) {
      const line = dialect.firstLine;
      const message = `The header was found on line ${line}, and what stands above it is taken for preamble, though it could be records. Set "csv.header" to its line to be sure.`;
      this.#sink.warn('preamble_assumed', message);
    }
    if (tiedWith === null) return;
    const both = `${delimiterName(dialect.delimiter)} and ${delimiterName(tiedWith)}`;
    this.#sink.warn(
      'dialect_tie',
      `The delimiters ${both} fit alike; the first was taken. Set "csv.delimiter" to be sure.`,
    );
  }
}

/** The character by which quotes are looked for; null where none quotes. */
function quoteOf({ quote }: CsvSettings): string | null {
  return quote === 'auto' ? '"' : quote === 'none' ? null : quote;
}

/** What a machine leaves that lost its power before the data was on the disk. */
function nothingButNul(): IngestError {
  return new IngestError(
    'unknown_format',
    'The file holds nothing but NUL bytes.',
    'Copy it again from where it came from; it is tried again on the next run.',
  );
}

function countFeeds(bytes: Buffer): number {
  let found = 0;
  for (const byte of bytes) if ((byte === 0x0a || byte === 0x0d) && ++found > 1) break;
  return found;
}

/** The sample without its byte order mark, as UTF-8. */
function utf8Of(sample: Buffer, { encoding, markLength }: EncodingFinding): Buffer {
  const body = sample.subarray(markLength);
  if (encoding === 'utf-8') return body;
  const transcoder = transcoderFor(encoding);
  return transcoder.push(body);
}

function givenDialect(csv: CsvSettings, path: string): GivenDialect {
  return {
    delimiter: csv.delimiter,
    quote: csv.quote,
    escape: csv.escape,
    header: csv.header,
    preamble: csv.preamble !== 'none',
    likely: /\.tsv$/i.test(path) ? '\t' : null,
  };
}

/** Hands a file's bytes to its reader as UTF-8 without a byte order mark. */
class TranscodingReader implements RecordReader {
  readonly #reader: RecordReader;
  readonly #transcoder: Transcoder | null;
  #markLeft: number;

  constructor(
    reader: RecordReader,
    { encoding, markLength }: EncodingFinding,
    readonly watch: EncodingWatch | null = null,
  ) {
    this.#reader = reader;
    this.#markLeft = markLength;
    this.#transcoder = encoding === 'utf-8' ? null : transcoderFor(encoding);
  }

  push(chunk: Buffer): void {
    this.watch?.push(chunk);
    const body = this.#withoutMark(chunk);
    this.#reader.push(this.#transcoder?.push(body) ?? body);
  }

  end(last: Buffer = none): void {
    if (this.#transcoder === null) {
      this.watch?.push(last);
      this.watch?.end();
      this.#reader.end(this.#withoutMark(last));
      return;
    }
    this.push(last);
    this.watch?.end();
    this.#reader.end(this.#transcoder.end());
  }

  #withoutMark(chunk: Buffer): Buffer {
    const body = chunk.subarray(this.#markLeft);
    this.#markLeft = Math.max(0, this.#markLeft - chunk.length);
    return body;
  }
}
