const ascii = /^[\x20-\x7e]*$/;
const twoColumns =
  /(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\u30fb\u30fc\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u;
const noColumn = /^[\p{M}\p{Cf}]+$/u;
const ellipsis = '…';

/** Made when the first text needs it: that takes milliseconds, and most texts are ASCII. */
let segmenter: Intl.Segmenter | null = null;

function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Columns that a printable text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (twoColumns.test(grapheme)) return 2;
  return noColumn.test(grapheme) ? 0 : 1;
}

/** `text` filled up with spaces, at its end or at its start. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** `text` in at most `width` columns; what does not fit is cut off at the end. */
export function shortenEnd(text: string, width: number): string {
  const start = startOf(text, width);
  return start === text ? text : startOf(text, width - 1) + ellipsis;
}

/** `text` in at most `width` columns; a path keeps its first folders and its name. */
export function shortenMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const head = Math.floor((width - 1) / 3);
  return startOf(text, head) + ellipsis + endOf(text, width - 1 - head);
}

/** The longest start of `text` within `width` columns; looks no further than that. */
function startOf(text: string, width: number): string {
  // What follows the start may belong to its last sign.
  const room = Math.max(0, width);
  if (ascii.test(text.slice(0, room + 1))) return text.slice(0, room);
  let left = width;
  for (const { segment, index } of graphemes(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) return text.slice(0, index);
  }
  return text;
}

function endOf(text: string, width: number): string {
  const segments = [...graphemes(text)].reverse();
  let left = width;
  let start = text.length;
  for (const { segment, index } of segments) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    start = index;
  }
  return text.slice(start);
}

/** `text` broken at spaces into lines of at most `width` columns, each after `indent` spaces; long words are cut. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const room = width - indent;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => pieces(long, room))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) > room) lines.push(line);
    line = displayWidth(longer) > room ? word : longer;
  }
  return [...lines, line]
    .map((full) => full.trimEnd())
    .filter((full) => full !== '')
    .map((full) => ' '.repeat(indent) + full);
}

function pieces(word: string, room: number): string[] {
  const found: string[] = [];
  let rest = word;
  while (displayWidth(rest) > room) {
    const piece = startOf(rest, room);
    if (piece === '') break;
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...found, rest];
}
