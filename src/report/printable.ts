/** Control, bidirectional, zero-width and line-breaking characters, and halves of surrogate pairs; not the joiners of emoji and scripts. */
export const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** User data (paths, raw text, messages) as one line that cannot drive a terminal. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => named[char] ?? escaped(char));
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
