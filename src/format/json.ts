import { BlockBuffer, type Beyond as BytesBeyond } from './blocks.js';
import { JsonBatch } from './json-batch.js';
import { cutBehind } from './json-cut.js';
import { errorIn, JsonSyntaxError, noRecordsAt, syntaxError, undecodable } from './json-error.js';
import { JsonLane } from './json-lane.js';
import { JsonLayout } from './json-layout.js';
import { isRecordLine, mayFollow, nextLine, skipBlanks, startsLines } from './json-lines.js';
import { FieldsToLearn } from './json-names.js';
import type { FieldNews } from './json-news.js';
import { defaultJsonOptions, type JsonOptions } from './json-options.js';
import { skipJsonSpace } from './json-text.js';
import type { JsonValue } from './json-tree.js';
import { JsonValueParser } from './json-value.js';
import { JsonWalk } from './json-walk.js';
import type { RecordReader, RecordReject, RecordSink } from './record.js';
import { type Block, BlockGiver, type Helpers, type Opening } from './spread.js';
import { behind, type Place, TextWindow } from './text-window.js';
import { byteOrderMark, readableText, validUtf8Length, wholeCharactersLength } from './utf8.js';

/** What stands behind the text at hand: more of the file, its end, or bytes that are not UTF-8. */
type Beyond = 'more' | 'end' | 'undecodable';

/** Returned where the text at hand ends within a record. */
const unfinished = -1;

/**
 * Reads an array of records, JSON Lines, concatenated values, one value, or the records at a path. Each record is
 * parsed where it stands in a block of text; one that the block cuts off is parsed again with the next block behind it.
 *
 * An error fails the file, except in JSON Lines, where it costs its line. A file is JSON Lines once a value outside
 * an array has had its line to itself; or, if its first value is broken, when the error shows by the start of the
 * next line and that line is an object or array of its own.
 *
 * Where fields turn out to hold objects in some records and not in others, or to be called alike, `end` throws
 * FieldsToLearn: what was handed on is void, and the file is to be read again with that known.
 */
export class JsonReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #options: JsonOptions;
  readonly #layout: JsonLayout;
  readonly #walk: JsonWalk;
  readonly #blocks: BlockBuffer;
  readonly #giver: BlockGiver;
  readonly #batch: JsonBatch;
  readonly #lane: JsonLane;
  #start: Place = { line: 1, column: 1, byteOffset: 0 };
  #window = new TextWindow('', this.#start);
  /** Rows so far, those of lists among them. */
  #rows = 0;
  #isLines = false;
  /** In the rest of a line that was too large to hold. */
  #passing = false;
  /** What is wrong with the file if no record follows. */
  #doubt: Error | null = null;
  #isEmpty = true;

  /** `helpers`: null, or those who read blocks of it. */
  constructor(sink: RecordSink, options: Partial<JsonOptions> = {}, helpers: Helpers | null = null) {
    this.#sink = sink;
    this.#options = { ...defaultJsonOptions, ...options };
    const { path, maxRecordBytes } = this.#options;
    this.#layout = new JsonLayout(sink, this.#options);
    this.#walk = new JsonWalk(path, (value, start, end) => this.#add(value, start, end));
    this.#batch = new JsonBatch(sink, this.#layout);
    this.#lane = new JsonLane(sink, this.#layout);
    this.#giver = new BlockGiver(
      helpers,
      () => this.#opening(),
      (news) => this.learn(news),
    );
    const consume = (bytes: Buffer, beyond: BytesBeyond) => {
      const given = beyond === 'more' && this.#giver.ready ? this.#give(bytes) : null;
      if (given !== null) return given;
      this.#giver.takeBack(this.#start.byteOffset);
      return beyond === 'tooMuch' ? this.#passOversized(bytes) : this.#consume(bytes, beyond === 'end');
    };
    this.#blocks = new BlockBuffer(maxRecordBytes, consume, this.#options.blockBytes);
  }

  #opening(): Opening {
    const known = [...this.#layout.news];
    return { format: 'json', options: this.#options, inArray: this.#walk.isAmidRecords, known };
  }

  /** Hands the records at the front of `bytes` over; returns their length, or null where this reader must go on. */
  #give(bytes: Buffer): number | null {
    const cut = cutBehind(bytes, this.#walk.isAmidRecords, this.#isAmidLines && !this.#passing);
    if (cut === null) return null;
    // A record that goes on behind the bytes, or the end of its array.
    if (cut.length === 0) return this.#giver.isGiving && !cut.ends ? 0 : null;
    const front = bytes.subarray(0, cut.length);
    if (!this.#giver.give(front, this.#start)) return null;
    this.#start = behind(this.#start, front);
    return cut.length;
  }

  /** Whether the next that comes is a record, to which nothing before it belongs. */
  get #isAmid(): boolean {
    return this.#walk.isAmidRecords || this.#isAmidLines;
  }

  get #isAmidLines(): boolean {
    return this.#isLines && this.#walk.open === '' && !this.#walk.looksInside;
  }

  /** Begins in the middle of a file: behind a comma in an array of records, or behind the end of a line. */
  enter(inArray: boolean, known: readonly FieldNews[]): void {
    if (inArray) this.#walk.beginAmidRecords();
    else this.#isLines = true;
    this.learn(known);
    this.#layout.news.length = 0;
  }

  learn(news: readonly FieldNews[]): void {
    this.#layout.learn(news);
    this.#layout.announce();
  }

  /** Reads records that another reader has cut; returns what is new, or null if they do not end as they should. */
  readBlock({ bytes, start }: Block): readonly FieldNews[] | null {
    this.#start = start;
    const used = this.#consume(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), false);
    return used === bytes.length && this.#isAmid ? this.#layout.news.splice(0) : null;
  }

  push(chunk: Buffer): void {
    this.#blocks.push(chunk);
  }

  end(last?: Buffer): void {
    this.#blocks.end(last);
    if (this.#doubt && this.#rows === 0) throw this.#doubt;
    const { open, found, looksInside } = this.#walk;
    if (open !== '') throw syntaxError(this.#start, `Expected '${open}' before the end of the file`, '');
    if (looksInside && !found && !this.#isEmpty) throw noRecordsAt(this.#options.path);
    const { toLearn } = this.#layout;
    if (toLearn) throw new FieldsToLearn(toLearn);
  }

  #consume(bytes: Buffer, last: boolean): number {
    let used = 0;
    if (this.#start.byteOffset === 0) {
      used = byteOrderMark(bytes);
      this.#start = { ...this.#start, byteOffset: used };
    }
    if (this.#passing) used = this.#passRest(bytes);
    const before = this.#rows;
    while (used < bytes.length) {
      const more = this.#readWindow(bytes.subarray(used), last);
      if (more === 0) break;
      used += more;
    }
    this.#blocks.aimAt(this.#options.batchRows, this.#rows - before, used);
    return used;
  }

  /** Rejects a line that is not at its end when as many bytes as allowed are at hand, or fails the file. */
  #passOversized(bytes: Buffer): number {
    const { maxRecordBytes } = this.#options;
    const larger = `A record is larger than ${maxRecordBytes} bytes, as "maxRecordBytes" has it`;
    if (!this.#isLines) this.#doubt = syntaxError(this.#start, larger, '');
    if (!this.#isLines && !this.#mayBeginLines(bytes)) throw this.#doubt;
    this.#isLines = true;
    const message = `The record is larger than ${maxRecordBytes} bytes; raw holds the first of them. Raise "maxRecordBytes", or mend the line.`;
    this.#reject({ ...this.#start, code: 'record_too_large', message, raw: readableText(bytes) });
    this.#passing = true;
    return this.#passRest(bytes);
  }

  /** Whether bytes may be the first line of many: those behind it will tell. */
  #mayBeginLines(bytes: Buffer): boolean {
    return this.#rows === 0 && this.#walk.open === '' && !this.#walk.looksInside && !bytes.includes(0x0a);
  }

  #passRest(bytes: Buffer): number {
    const newline = bytes.indexOf(0x0a);
    const length = newline === -1 ? bytes.length : newline;
    this.#passing = newline === -1;
    this.#start = { ...this.#start, column: 1, byteOffset: this.#start.byteOffset + length };
    return length;
  }

  /** Reads records from the front of `bytes`; returns the bytes used up. */
  #readWindow(bytes: Buffer, last: boolean): number {
    const whole = last ? bytes.length : wholeCharactersLength(bytes);
    const valid = validUtf8Length(bytes.subarray(0, whole));
    const beyond = valid < whole ? 'undecodable' : last ? 'end' : 'more';
    const taken = this.#takeRegular(bytes.subarray(0, valid));
    if (taken > 0) return taken;
    const window = new TextWindow(bytes.toString('utf8', 0, valid), this.#start);
    const before = this.#start.byteOffset;
    this.#window = window;
    const used = this.#readText(window, beyond);
    this.#batch.handOn(window);
    this.#start = window.markAt(used);
    // Only what nobody can read is passed: where something was read, the rest is looked at anew.
    if (used === 0 && beyond === 'undecodable') this.#passUndecodable(bytes, last);
    return this.#start.byteOffset - before;
  }

  /** Takes the records at the front of `bytes` that need no parser; returns the bytes used up. */
  #takeRegular(bytes: Buffer): number {
    if (!this.#isAmid) return 0;
    const { byteOffset } = this.#start;
    this.#start = this.#lane.take(bytes, this.#start, this.#walk.isAmidRecords, this.#options.batchRows);
    this.#rows += this.#lane.rows;
    return this.#start.byteOffset - byteOffset;
  }

  /** Reads the records that end within the text, or some of them; returns the index behind the last. */
  #readText(window: TextWindow, beyond: Beyond): number {
    const parser = new JsonValueParser(window.text);
    for (let at = 0; ; ) {
      at = skipJsonSpace(window.text, at);
      if (at === window.text.length || (this.#lane.isDue && this.#isAmid)) return at;
      const next = this.#readNext(parser, window, at, beyond);
      if (next === unfinished) return at;
      at = next;
    }
  }

  #readNext(parser: JsonValueParser, window: TextWindow, at: number, beyond: Beyond): number {
    this.#isEmpty = false;
    try {
      if (this.#walk.open !== '') return this.#walk.step(parser, at);
      const enters = this.#walk.looksInside || (window.text[at] === '[' && !this.#isLines);
      return enters ? this.#walk.enter(parser, at) : this.#readValue(parser, window, at, beyond);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      if (error.position === window.text.length && beyond !== 'end') return unfinished;
      if (this.#walk.open !== '' || this.#walk.looksInside)
        throw errorIn(window, error, this.#options.showsText);
      return this.#passLine(window, at, error, beyond);
    }
  }

  #readValue(parser: JsonValueParser, window: TextWindow, at: number, beyond: Beyond): number {
    const { text } = window;
    const value = parser.read(at);
    const behind = skipBlanks(text, parser.end);
    if (behind === text.length && beyond !== 'end') return unfinished;
    if (!mayFollow(text, parser.end, behind))
      throw new JsonSyntaxError('Unexpected text behind a value', behind);
    const line = this.#add(value, at, parser.end);
    if (text[behind] === '\n' && window.lineAt(behind) === line) this.#isLines = true;
    return behind;
  }

  /** Lays out a record of the text at hand; returns its line. */
  #add(value: JsonValue, start: number, end: number): number {
    const line = this.#window.lineAt(start);
    const record = this.#layout.layOut(value, this.#window.text, line);
    this.#rows += 1 + record.children.length;
    this.#batch.add(record, start, end);
    this.#lane.pass();
    if (this.#batch.rows >= this.#options.batchRows) this.#batch.handOn(this.#window);
    return line;
  }

  /** Rejects the line of a broken value that starts at `at` and goes on behind it, or throws. */
  #passLine(window: TextWindow, at: number, error: JsonSyntaxError, beyond: Beyond): number {
    this.#batch.handOn(window);
    const { text } = window;
    const newline = text.indexOf('\n', at);
    if (newline === -1 && beyond !== 'end') return unfinished;
    const lineEnd = newline === -1 ? text.length : newline;
    if (!this.#isLines) {
      const next = nextLine(text, lineEnd);
      if (next.end === text.length && beyond === 'more') return unfinished;
      if (error.position > next.start || !isRecordLine(text.slice(next.start, next.end)))
        throw errorIn(window, error, this.#options.showsText);
      this.#isLines = true;
    }
    const { message } = errorIn(window, error, this.#options.showsText, [at, lineEnd]);
    this.#reject({ ...window.markAt(at), code: 'json_syntax', message, raw: text.slice(at, lineEnd) });
    return lineEnd;
  }

  /** Passes the line at the start of `bytes`, which runs into bytes that are not UTF-8, or throws. */
  #passUndecodable(bytes: Buffer, last: boolean): void {
    const mayBeLines = !this.#isLines && this.#walk.open === '';
    const newline = bytes.indexOf(0x0a);
    // Whether it is a line of many, the one behind it tells.
    const needed = mayBeLines && newline !== -1 ? bytes.indexOf(0x0a, newline + 1) : newline;
    if (needed === -1 && !last) return;
    const lineEnd = newline === -1 ? bytes.length : newline;
    const error = undecodable(bytes, this.#start, this.#options.showsText);
    const inLines = this.#isLines || (mayBeLines && startsLines(bytes.subarray(lineEnd)));
    if (!inLines || this.#walk.looksInside) throw error;
    this.#isLines = true;
    const { line, byteOffset } = this.#start;
    const raw = readableText(bytes.subarray(0, lineEnd));
    this.#reject({ line, byteOffset, code: 'encoding', message: error.message, raw });
    this.#start = { line, column: 1, byteOffset: byteOffset + lineEnd };
  }

  #reject(reject: Omit<RecordReject, 'column'>): void {
    this.#sink.reject({ ...reject, column: null, raw: reject.raw.trimEnd() });
  }
}
