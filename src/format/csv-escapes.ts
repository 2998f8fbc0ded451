import type { FieldSyntax } from './sample-rows.js';

const backslash = 0x5c;

/** Rewrites records whose quotes are escaped by backslashes as csv-parse is told to read them: doubled. */
export function quoteDoubler(syntax: FieldSyntax): ((records: Buffer) => Buffer) | null {
  const { delimiter, quote } = syntax;
  if (syntax.escape !== 'backslash' || quote === null) return null;
  const mark = literal(quote);
  const edge = literal(delimiter);
  const inside = `(?:\\\\[\\s\\S]|${mark}${mark}|[^\\\\${mark}])*`;
  const field = new RegExp(`(^|${edge} ?|[\\r\\n])${mark}(${inside})${mark}(?=${edge}|[\\r\\n]|$)`, 'g');
  const escaped = new RegExp(`\\\\(\\\\|${mark})`, 'g');
  const doubled = (text: string) =>
    text.replace(escaped, (_, char: string) => (char === quote ? quote + quote : char));
  return (records) => {
    if (!records.includes(backslash)) return records;
    const text = records
      .toString('latin1')
      .replace(field, (_, before: string, content: string) => `${before}${quote}${doubled(content)}${quote}`);
    return Buffer.from(text, 'latin1');
  };
}

/** A character as it stands in a regular expression. */
function literal(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
