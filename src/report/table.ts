import { printable } from './printable.js';
import { displayWidth, pad, shortenEnd, shortenMiddle } from './width.js';

export interface Column {
  readonly title: string;
  /** Numbers and times stand right; only left columns are shortened. */
  readonly align: 'left' | 'right';
}

const gap = '  ';
/** A left column is not shortened below this. */
const narrowest = 8;

/**
 * Rows of text as aligned lines under their titles, at most `width` columns wide, without trailing spaces.
 * Where they do not fit, the widest left columns lose their middle. Cells may hold any text.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  columns: readonly Column[],
  width: number,
): string[] {
  const lines = [columns.map((column) => column.title), ...rows].map((row) =>
    columns.map((_, i) => printable(row[i] ?? '')),
  );
  const widths = fittedWidths(naturalWidths(lines, columns.length), columns, width);
  return lines.map((cells) => shortenEnd(layOut(cells, columns, widths), width));
}

function naturalWidths(lines: readonly (readonly string[])[], columns: number): number[] {
  const widths: number[] = new Array(columns).fill(0);
  for (const cells of lines) {
    cells.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
    });
  }
  return widths;
}

function fittedWidths(natural: readonly number[], columns: readonly Column[], width: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, w) => sum + w, gap.length * (widths.length - 1)) - width;
  for (; excess > 0; excess -= 1) {
    const texts = widths.map((w, i) => (columns[i]?.align === 'left' ? w : 0));
    const widest = Math.max(...texts);
    if (widest <= narrowest) break;
    widths[texts.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function layOut(cells: readonly string[], columns: readonly Column[], widths: readonly number[]): string {
  const padded = columns.map(({ align }, i) => {
    const width = widths[i] ?? 0;
    return pad(shortenMiddle(cells[i] ?? '', width), width, align);
  });
  return padded.join(gap).trimEnd();
}
