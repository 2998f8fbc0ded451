import { isAscii } from 'node:buffer';
import { countByte, countOf } from './lines.js';

/** Where a character stands in a file. */
export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  /** 0-based. */
  readonly byteOffset: number;
}

/** A stretch of a file as text, with the way back from an index in the text to a place in the file. */
export class TextWindow {
  #line: number;
  #nextNewline: number;
  #markIndex = 0;
  #mark: Place;

  /** `start` is the place of the first character. */
  constructor(
    readonly text: string,
    start: Place,
  ) {
    this.#mark = start;
    this.#line = start.line;
    this.#nextNewline = text.indexOf('\n');
  }

  /** The 1-based line of `index`; must be asked in rising order. */
  lineAt(index: number): number {
    while (this.#nextNewline !== -1 && this.#nextNewline < index) {
      this.#line++;
      this.#nextNewline = this.text.indexOf('\n', this.#nextNewline + 1);
    }
    return this.#line;
  }

  /** Moves the mark, from which `placeAt` counts, forward to `index`. */
  markAt(index: number): Place {
    this.#mark = this.placeAt(index);
    this.#markIndex = index;
    return this.#mark;
  }

  /** The place of an index at or behind the mark. */
  placeAt(index: number): Place {
    const stretch = this.text.slice(this.#markIndex, index);
    const lines = countOf(stretch, '\n');
    const column = lines === 0 ? this.#mark.column : 1;
    return {
      line: this.#mark.line + lines,
      column: column + countCharacters(stretch.slice(stretch.lastIndexOf('\n') + 1)),
      byteOffset: this.#mark.byteOffset + Buffer.byteLength(stretch),
    };
  }
}

/** The place behind some bytes that begin at `start`. */
export function behind(start: Place, bytes: Buffer): Place {
  const lines = countByte(bytes, 0x0a);
  const onLine = bytes.subarray(bytes.lastIndexOf(0x0a) + 1);
  const column = (lines === 0 ? start.column : 1) + charactersIn(onLine);
  return { line: start.line + lines, column, byteOffset: start.byteOffset + bytes.length };
}

function charactersIn(bytes: Buffer): number {
  if (isAscii(bytes)) return bytes.length;
  let characters = 0;
  for (const byte of bytes) if (byte >> 6 !== 2) characters++;
  return characters;
}

function countCharacters(text: string): number {
  if (Buffer.byteLength(text) === text.length) return text.length;
  let characters = 0;
  for (let at = 0; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) characters++;
  }
  return characters;
}
