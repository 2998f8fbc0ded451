import { JsonSyntaxError } from './json-error.js';
import { compactJson, skipJsonSpace } from './json-text.js';
import { JsonList, JsonObject, type JsonStretch, type JsonValue } from './json-tree.js';
import { storableText } from './names.js';

/** Deeper nesting is refused, as the stack is finite. */
export const maxDepth = 500;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const zero = 0x30;
const nine = 0x39;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Reads values from `text` by RFC 8259 and nothing else. `end` is the index behind the value read last. */
export class JsonValueParser {
  end = 0;
  #depth = 0;
  #spaces = 0;

  constructor(readonly text: string) {}

  /** Reads the value that starts at `start` exactly, inside so many brackets. Throws JsonSyntaxError. */
  read(start: number, depth = 0): JsonValue {
    this.end = start;
    this.#depth = depth;
    return this.#value();
  }

  /** Reads the key that starts at `start` and the colon behind it; `end` is then where its value starts. */
  readKey(start: number): string {
    this.end = start;
    return this.#key();
  }

  #value(): JsonValue {
    const code = this.text.charCodeAt(this.end);
    switch (code) {
      case quote:
        return this.#string() || null;
      case openBrace:
        return this.#object();
      case openBracket:
        return this.#array();
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        this.#word('null');
        return null;
      default:
        return this.#number();
    }
  }

  #object(): JsonObject {
    const object = new JsonObject(this.end);
    const spaces = this.#spaces;
    this.#enter();
    if (this.#skipTo() === closeBrace) return this.#leave(object, spaces);
    for (;;) {
      this.#member(object);
      const code = this.#skipTo();
      if (code === closeBrace) return this.#leave(object, spaces);
      if (code !== comma) this.#fail("Expected ',' or '}'");
      this.end++;
      this.#skipTo();
    }
  }

  #member(object: JsonObject): void {
    const start = this.end;
    const key = this.#key();
    if (!object.claim(key)) throw duplicateKey(key, start);
    object.values.push(this.#value());
  }

  #key(): string {
    if (this.text.charCodeAt(this.end) !== quote) this.#fail('Expected a key in double quotes');
    const key = this.#string();
    if (this.#skipTo() !== colon) this.#fail("Expected ':'");
    this.end++;
    this.#skipTo();
    return key;
  }

  #array(): JsonValue {
    const objects: JsonObject[] = [];
    const list = new JsonList(this.end, objects);
    const spaces = this.#spaces;
    let elements = 0;
    this.#enter();
    if (this.#skipTo() === closeBracket) return this.#leave(list, spaces);
    for (;;) {
      const value = this.#value();
      elements++;
      if (value instanceof JsonObject) objects.push(value);
      const code = this.#skipTo();
      if (code === closeBracket) break;
      if (code !== comma) this.#fail("Expected ',' or ']'");
      this.end++;
      this.#skipTo();
    }
    this.#leave(list, spaces);
    return objects.length === elements ? list : compactStretch(this.text, list);
  }

  #enter(): void {
    if (++this.#depth > maxDepth) this.#fail(`More than ${maxDepth} levels of nesting`);
    this.end++;
  }

  #leave<T extends JsonStretch>(value: T, spacesBefore: number): T {
    this.#depth--;
    this.end++;
    value.end = this.end;
    value.spaced = this.#spaces > spacesBefore;
    return value;
  }

  /** Passes over white space; returns the code of what follows, NaN at the end. */
  #skipTo(): number {
    const at = skipJsonSpace(this.text, this.end);
    this.#spaces += at - this.end;
    this.end = at;
    return this.text.charCodeAt(at);
  }

  #string(): string {
    const { text } = this;
    const start = this.end + 1;
    let at = start;
    for (let code = text.charCodeAt(at); code !== quote; code = text.charCodeAt(++at)) {
      if (code === backslash) return this.#escapedString(start, at);
      if (!(code >= 0x20)) this.#failAt(at, 'Control character in a string');
    }
    this.end = at + 1;
    return text.slice(start, at);
  }

  /** A string with the first of its escapes at `from`. */
  #escapedString(start: number, from: number): string {
    let result = '';
    let copied = start;
    let at = from;
    for (;;) {
      const code = this.text.charCodeAt(at);
      if (code === quote) break;
      if (!(code >= 0x20)) this.#failAt(at, 'Control character in a string');
      if (code !== backslash) {
        at++;
        continue;
      }
      result += this.text.slice(copied, at) + this.#escape(at + 1);
      at = this.end;
      copied = at;
    }
    this.end = at + 1;
    return storableText(result + this.text.slice(copied, at));
  }

  /** What the escape says whose letter stands at `at`; `end` moves behind it. */
  #escape(at: number): string {
    const letter = this.text.charAt(at);
    this.end = at + 1;
    if (letter === 'u') return this.#unicodeEscape(at + 1);
    const character = escapes[letter];
    if (character === undefined) this.#failAt(at, 'Unknown escape');
    return character;
  }

  #unicodeEscape(start: number): string {
    for (let at = start; at < start + 4; at++) {
      if (!isHexDigit(this.text.charCodeAt(at))) this.#failAt(at, 'Expected four hexadecimal digits');
    }
    this.end = start + 4;
    return String.fromCharCode(Number.parseInt(this.text.slice(start, this.end), 16));
  }

  #word(word: string): string {
    for (let index = 1; index < word.length; index++) {
      const at = this.end + index;
      if (this.text.charCodeAt(at) !== word.charCodeAt(index)) this.#failAt(at, `Expected ${word}`);
    }
    this.end += word.length;
    return word;
  }

  #number(): string {
    const { text } = this;
    const start = this.end;
    if (text.charAt(start) === '-') this.end++;
    const first = text.charCodeAt(this.end);
    if (!(first >= zero && first <= nine))
      this.#fail(this.end === start ? 'Expected a value' : 'Expected a digit');
    if (first === zero) this.end++;
    else this.#digits();
    if (text.charAt(this.end) === '.') {
      this.end++;
      this.#digits();
    }
    const exponent = text.charAt(this.end);
    if (exponent === 'e' || exponent === 'E') {
      this.end++;
      const sign = text.charAt(this.end);
      if (sign === '+' || sign === '-') this.end++;
      this.#digits();
    }
    return text.slice(start, this.end);
  }

  #digits(): void {
    const start = this.end;
    for (let code = this.text.charCodeAt(start); code >= zero && code <= nine; ) {
      code = this.text.charCodeAt(++this.end);
    }
    if (this.end === start) this.#fail('Expected a digit');
  }

  #fail(message: string): never {
    throw new JsonSyntaxError(message, this.end);
  }

  #failAt(position: number, message: string): never {
    throw new JsonSyntaxError(message, Math.min(position, this.text.length));
  }
}

export function duplicateKey(key: string, position: number): JsonSyntaxError {
  return new JsonSyntaxError(`Duplicate key ${JSON.stringify(key)}`, position);
}

/** Whether an object or list has nothing in it. */
export function isEmpty(value: JsonObject | JsonList): boolean {
  return value instanceof JsonObject ? value.keys.length === 0 : value.objects.length === 0;
}

/** A stretch of `text`, a valid JSON text, without the white space between its tokens. */
export function compactStretch(text: string, { start, end, spaced }: JsonStretch): string {
  const source = text.slice(start, end);
  return spaced ? compactJson(source) : source;
}

const escapes: Partial<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function isHexDigit(code: number): boolean {
  const letter = code | 0x20;
  return (code >= zero && code <= nine) || (letter >= 0x61 && letter <= 0x66);
}
