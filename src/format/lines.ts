/** Line ends in a text or its bytes: LF, CRLF and CR count one each. */
export function countLineEnds(text: string | Buffer): number {
  const carriages = countOf(text, '\r');
  return countOf(text, '\n') + (carriages === 0 ? 0 : carriages - countOf(text, '\r\n'));
}

/** How often `needle` stands in a text or its bytes. */
export function countOf(text: string | Buffer, needle: string): number {
  let found = 0;
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) found++;
  return found;
}
