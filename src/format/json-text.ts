const quote = 0x22;
const backslash = 0x5c;

export function isJsonSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The first index from `from` on that is no white space; the text's length if there is none. */
export function skipJsonSpace(text: string, from: number): number {
  let at = from;
  while (isJsonSpace(text.charCodeAt(at))) at++;
  return at;
}

/** `source`, a valid JSON text, without the white space between its tokens. */
export function compactJson(source: string): string {
  let result = '';
  for (let at = 0; at < source.length; ) {
    const end = source.charCodeAt(at) === quote ? stringEnd(source, at) : tokensEnd(source, at);
    result += source.slice(at, end);
    at = skipJsonSpace(source, end);
  }
  return result;
}

function stringEnd(source: string, start: number): number {
  let at = start + 1;
  for (let code = source.charCodeAt(at); code !== quote; code = source.charCodeAt(at)) {
    at += code === backslash ? 2 : 1;
  }
  return at + 1;
}

function tokensEnd(source: string, start: number): number {
  let at = start;
  for (let code = source.charCodeAt(at); at < source.length && code !== quote && !isJsonSpace(code); ) {
    code = source.charCodeAt(++at);
  }
  return at;
}
