import { IngestError } from '../domain/errors.js';
import { type Place, TextWindow } from './text-window.js';
import { excerpt, readableText, validUtf8Length } from './utf8.js';

/** What RFC 8259 forbids, and where. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    /** Index into the text; its length when the text ends too early. */
    readonly position: number,
  ) {
    super(message);
  }
}

/**
 * The error for what `error` found in `window`; with the text around the place, as far as it lies between `start` and
 * `end`, if that may be shown.
 */
export function errorIn(
  window: TextWindow,
  error: JsonSyntaxError,
  showsText: boolean,
  [start, end] = [0, window.text.length],
): IngestError {
  const { text } = window;
  const { position } = error;
  const found =
    position < text.length ? `found ${JSON.stringify(characterAt(text, position))}` : 'the text ends';
  const around = showsText ? text.slice(Math.max(start, position - 30), Math.min(end, position + 30)) : '';
  return syntaxError(window.placeAt(position), `${error.message}, ${found}`, around);
}

/** The error for `bytes`, which begin at `start` and are not UTF-8; with the text around the place if that may be shown. */
export function undecodable(bytes: Buffer, start: Place, showsText: boolean): IngestError {
  const valid = validUtf8Length(bytes);
  const place = new TextWindow(bytes.toString('utf8', 0, valid), start).placeAt(valid);
  const near = readableText(bytes.subarray(Math.max(0, valid - 30), valid + 30));
  const around = showsText ? near : '';
  return errorAt(place, 'encoding', 'bytes that are not UTF-8', around, 'Save the file as UTF-8.');
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0);
}

/** An error of JSON's grammar at `place`; `around` is the text there, or ''. */
export function syntaxError(place: Place, problem: string, around: string): IngestError {
  const hint = 'Mend the file at this place, or write it again from its source.';
  return errorAt(place, 'json_syntax', problem, around, hint);
}

function errorAt(
  place: Place,
  code: 'json_syntax' | 'encoding',
  problem: string,
  around: string,
  hint: string,
): IngestError {
  const where = `Line ${place.line}, column ${place.column} (byte ${place.byteOffset})`;
  const text = around === '' ? '' : `: ${excerpt(around)}`;
  return new IngestError(code, `${where}: ${problem}${text}`, hint);
}

export function noRecordsAt(path: readonly string[]): IngestError {
  return new IngestError(
    'unknown_format',
    `No records stand at ${JSON.stringify(path.join('.'))}.`,
    'Set "records" to the keys that lead to them, with a dot between two, or take it out.',
  );
}
