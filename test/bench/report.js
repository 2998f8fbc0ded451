/**
 * What a bench found: rows of a table, titles taken from their keys, and the marks that it has to reach.
 * @typedef {{ title: string, rows: Record<string, string | number>[], marks: Mark[], remarks?: string[] }} Report
 * @typedef {{ what: string, wanted: string, found: number, reached: boolean | null }} Mark
 */

/** A mark that a number must not be under; NaN, of what could not be measured, is neither reached nor missed. @returns {Mark} */
export function atLeast(what, found, bound) {
  return { what, wanted: `≥ ${bound}`, found, reached: Number.isNaN(found) ? null : found >= bound };
}

/** A mark that a number must not be above. @returns {Mark} */
export function atMost(what, found, bound) {
  return { what, wanted: `≤ ${rounded(bound)}`, found, reached: Number.isNaN(found) ? null : found <= bound };
}

/** A number to two digits after the point, or three digits in all. */
export function rounded(number) {
  return Math.abs(number) >= 100 ? Math.round(number) : Number(number.toFixed(2));
}

/** The report as Markdown. @param {Report} report */
export function markdown({ title, rows, marks, remarks = [] }) {
  const parts = [`### ${title}`, table(rows), marks.length > 0 ? table(marks.map(markRow)) : '', ...remarks];
  return parts.filter((part) => part !== '').join('\n\n');
}

function markRow({ what, wanted, found, reached }) {
  const verdict = { true: 'reached', false: 'not reached', null: 'not measured' }[String(reached)];
  return { mark: what, wanted, found: Number.isNaN(found) ? '–' : rounded(found), '': verdict };
}

/** A table with its columns filled up to their widest cell, numbers to the right. */
function table(rows) {
  const titles = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => titles.map((title) => cell(row[title])));
  const numeric = titles.map((title) => rows.every((row) => typeof row[title] === 'number'));
  const widths = titles.map((title, at) => Math.max(3, title.length, ...cells.map((row) => row[at].length)));
  const line = (row) =>
    `| ${row.map((text, at) => (numeric[at] ? text.padStart(widths[at]) : text.padEnd(widths[at]))).join(' | ')} |`;
  const rule = widths.map((width, at) => (numeric[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [line(titles), line(rule), ...cells.map(line)].join('\n');
}

function cell(value) {
  if (typeof value !== 'number') return value;
  return Number.isNaN(value) ? '–' : rounded(value).toLocaleString('en');
}
