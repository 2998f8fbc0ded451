import type { IngestError } from '../domain/errors.js';
import { BlockBuffer } from './blocks.js';
import { JsonColumns } from './json-columns.js';
import { errorAt, errorIn, JsonSyntaxError, syntaxError } from './json-error.js';
import { isJsonSpace, skipJsonSpace } from './json-text.js';
import type { JsonValue } from './json-tree.js';
import { JsonValueParser } from './json-value.js';
import { defaultMaxRecordBytes, type RecordReader, type RecordSink } from './record.js';
import { type Place, TextWindow } from './text-window.js';
import { byteOrderMark, readableText, validUtf8Length, wholeCharactersLength } from './utf8.js';

export interface JsonOptions {
  /** A larger record fails the file. */
  readonly maxRecordBytes: number;
}

/** What stands behind the text at hand: more of the file, its end, or bytes that are not UTF-8. */
type Beyond = 'more' | 'end' | 'undecodable';

/** Returned where the text at hand ends within a record. */
const unfinished = -1;

/**
 * Reads an array of records, JSON Lines, concatenated values or one value. Each record is parsed where it stands in
 * a block of text; one that the block cuts off is parsed again with the next block behind it.
 *
 * An error fails the file, except in JSON Lines, where it costs its line. A file is JSON Lines once a value outside
 * an array has had its line to itself; or, if its first value is broken, when the error shows by the start of the
 * next line and that line is an object or array of its own.
 */
export class JsonReader implements RecordReader {
  readonly #sink: RecordSink;
  readonly #columns: JsonColumns;
  readonly #blocks: BlockBuffer;
  #start: Place = { line: 1, column: 1, byteOffset: 0 };
  /** Where the text stands: outside an array, behind its `[`, or behind a `,` in it. */
  #where: 'top' | 'arrayStart' | 'element' = 'top';
  #isLines = false;

  constructor(sink: RecordSink, options: Partial<JsonOptions> = {}) {
    const maxRecordBytes = options.maxRecordBytes ?? defaultMaxRecordBytes;
    this.#sink = sink;
    this.#columns = new JsonColumns(sink);
    this.#blocks = new BlockBuffer(maxRecordBytes, (bytes, beyond) => {
      if (beyond !== 'tooMuch') return this.#consume(bytes, beyond === 'end');
      throw syntaxError(this.#start, `A record is larger than ${maxRecordBytes} bytes`, '');
    });
  }

  push(chunk: Buffer): void {
    this.#blocks.push(chunk);
  }

  end(): void {
    this.#blocks.end();
    if (this.#where !== 'top') throw syntaxError(this.#start, "Expected ']' before the end of the file", '');
  }

  #consume(bytes: Buffer, last: boolean): number {
    let used = 0;
    if (this.#start.byteOffset === 0) {
      used = byteOrderMark(bytes);
      this.#start = { ...this.#start, byteOffset: used };
    }
    while (used < bytes.length) {
      const more = this.#readWindow(bytes.subarray(used), last);
      if (more === 0) break;
      used += more;
    }
    return used;
  }

  /** Reads records from the front of `bytes`; returns the bytes used up. */
  #readWindow(bytes: Buffer, last: boolean): number {
    const whole = last ? bytes.length : wholeCharactersLength(bytes);
    const valid = validUtf8Length(bytes.subarray(0, whole));
    const beyond = valid < whole ? 'undecodable' : last ? 'end' : 'more';
    const window = new TextWindow(bytes.toString('utf8', 0, valid), this.#start);
    const before = this.#start.byteOffset;
    const used = this.#readText(window, beyond);
    this.#start = window.markAt(used);
    if (beyond === 'undecodable')
      this.#passUndecodable(bytes.subarray(this.#start.byteOffset - before), last);
    return this.#start.byteOffset - before;
  }

  /** Reads all records that end within the text; returns the index behind the last of them. */
  #readText(window: TextWindow, beyond: Beyond): number {
    const parser = new JsonValueParser(window.text);
    for (let at = 0; ; ) {
      at = skipJsonSpace(window.text, at);
      if (at === window.text.length) return at;
      const next = this.#readNext(parser, window, at, beyond);
      if (next === unfinished) return at;
      at = next;
    }
  }

  #readNext(parser: JsonValueParser, window: TextWindow, at: number, beyond: Beyond): number {
    try {
      return this.#where === 'top'
        ? this.#readValue(parser, window, at, beyond)
        : this.#readElement(parser, window, at);
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      if (error.position === window.text.length && beyond !== 'end') return unfinished;
      if (this.#where !== 'top') throw errorIn(window, error);
      return this.#passLine(window, at, error, beyond);
    }
  }

  #readElement(parser: JsonValueParser, window: TextWindow, at: number): number {
    const { text } = window;
    if (this.#where === 'arrayStart' && text[at] === ']') {
      this.#where = 'top';
      return at + 1;
    }
    const value = parser.read(at);
    const behind = skipJsonSpace(text, parser.end);
    const next = text[behind];
    if (next !== ',' && next !== ']') throw new JsonSyntaxError("Expected ',' or ']'", behind);
    this.#emit(value, window, at, parser.end);
    this.#where = next === ',' ? 'element' : 'top';
    return behind + 1;
  }

  #readValue(parser: JsonValueParser, window: TextWindow, at: number, beyond: Beyond): number {
    const { text } = window;
    if (text[at] === '[' && !this.#isLines) {
      this.#where = 'arrayStart';
      return at + 1;
    }
    const value = parser.read(at);
    const behind = skipBlanks(text, parser.end);
    if (behind === text.length && beyond !== 'end') return unfinished;
    if (!mayFollow(text, parser.end, behind))
      throw new JsonSyntaxError('Unexpected text behind a value', behind);
    const line = this.#emit(value, window, at, parser.end);
    if (text[behind] === '\n' && window.lineAt(behind) === line) this.#isLines = true;
    return behind;
  }

  #emit(value: JsonValue, window: TextWindow, at: number, end: number): number {
    const line = window.lineAt(at);
    const problem = this.#columns.emit(value, line);
    if (problem) {
      const { byteOffset } = window.markAt(at);
      this.#sink.reject({ ...problem, line, byteOffset, raw: window.text.slice(at, end) });
    }
    return line;
  }

  /** Rejects the line of a broken value that starts at `at` and goes on behind it, or throws. */
  #passLine(window: TextWindow, at: number, error: JsonSyntaxError, beyond: Beyond): number {
    const { text } = window;
    const newline = text.indexOf('\n', at);
    if (newline === -1 && beyond !== 'end') return unfinished;
    const lineEnd = newline === -1 ? text.length : newline;
    if (!this.#isLines) {
      const next = nextLine(text, lineEnd);
      if (next.end === text.length && beyond === 'more') return unfinished;
      if (error.position > next.start || !isRecordLine(text.slice(next.start, next.end)))
        throw errorIn(window, error);
      this.#isLines = true;
    }
    const { line, byteOffset } = window.markAt(at);
    const { message } = errorIn(window, error);
    this.#reject(line, byteOffset, 'json_syntax', message, text.slice(at, lineEnd));
    return lineEnd;
  }

  /** Passes the line at the start of `bytes`, which runs into bytes that are not UTF-8, or throws. */
  #passUndecodable(bytes: Buffer, last: boolean): void {
    const newline = bytes.indexOf(0x0a);
    if (newline === -1 && !last) return;
    const lineEnd = newline === -1 ? bytes.length : newline;
    const error = this.#undecodable(bytes);
    if (!this.#isLines && (this.#where !== 'top' || !startsLines(bytes.subarray(lineEnd)))) throw error;
    this.#isLines = true;
    const { line, byteOffset } = this.#start;
    this.#reject(line, byteOffset, 'encoding', error.message, readableText(bytes.subarray(0, lineEnd)));
    this.#start = { line, column: 1, byteOffset: byteOffset + lineEnd };
  }

  #undecodable(bytes: Buffer): IngestError {
    const valid = validUtf8Length(bytes);
    const place = new TextWindow(bytes.toString('utf8', 0, valid), this.#start).placeAt(valid);
    const around = readableText(bytes.subarray(Math.max(0, valid - 30), valid + 30));
    return errorAt(place, 'encoding', 'bytes that are not UTF-8', around, 'Save the file as UTF-8.');
  }

  #reject(
    line: number,
    byteOffset: number,
    code: 'json_syntax' | 'encoding',
    message: string,
    text: string,
  ): void {
    this.#sink.reject({ line, byteOffset, column: null, code, message, raw: text.trimEnd() });
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] !== '\n' && isJsonSpace(text.charCodeAt(at))) at++;
  return at;
}

/** What may stand at `behind` after a value that ends at `end`: a line end, or another value (`1{` but not `1-2`). */
function mayFollow(text: string, end: number, behind: number): boolean {
  const next = text.charAt(behind);
  return next === '' || next === '\n' || (end === behind ? '{[' : '{["-0123456789tfn').includes(next);
}

/** The next line with something on it, behind a line that ends at `lineEnd`. */
function nextLine(text: string, lineEnd: number): { start: number; end: number } {
  const start = skipJsonSpace(text, lineEnd);
  const newline = text.indexOf('\n', start);
  return { start, end: newline === -1 ? text.length : newline };
}

/** True if the next line behind a line end is a record of its own. */
function startsLines(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  const { start, end } = nextLine(text, 0);
  return isRecordLine(text.slice(start, end));
}

function isRecordLine(line: string): boolean {
  if (line[0] !== '{' && line[0] !== '[') return false;
  const parser = new JsonValueParser(line);
  try {
    parser.read(0);
  } catch {
    return false;
  }
  return skipJsonSpace(line, parser.end) === line.length;
}
