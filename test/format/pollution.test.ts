import { expect, it } from 'vitest';
import { readFile, type Sampled } from './sample.ts';

/** A table with what makes tables hard: commas, quotes, an empty last column, codes, dates, money. */
const header = ['DATE', 'TIME', 'Qty', 'LOT', 'Price', 'Part', 'Remark', 'LINK', 'Note'];
const parts = ['Bracket, left', 'Bracket, right', 'Plate 5" wide', 'Screw', "Fitter's key", 'Cover, 24"'];
const remarks = [
  'Measured twice, then again, as the first value drifted.',
  'No complaint',
  'Surface is "rough", edge is fine',
  "The operator's note is missing, see the log.",
];
const records = Array.from({ length: 83 }, (_, i) => [
  `${String(1 + (i % 28)).padStart(2, '0')}/0${1 + (i % 9)}/2024`,
  `${String(i % 24).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`,
  String(i % 7),
  `${'ABCD'.charAt(i % 4)}L-${4000 + i * 37}`,
  `$${(i * 1.37 + 2).toFixed(2)}`,
  parts[i % parts.length] ?? '',
  remarks[i % remarks.length] ?? '',
  `https://plant.example/lot/${i}.html`,
  '',
]);
const table = [header, ...records];

interface Style {
  delimiter?: string;
  quote?: string;
  escape?: string;
  eol?: string;
}

function field(cell: string, { delimiter = ',', quote = '"', ...style }: Style): string {
  const before = style.escape ?? quote;
  const plain = !cell.includes(quote) && !cell.includes(delimiter.charAt(0));
  return plain ? cell : quote + cell.replaceAll(quote, before + quote) + quote;
}

function line(cells: readonly string[], style: Style = {}): string {
  return cells.map((cell) => field(cell, style)).join(style.delimiter ?? ',');
}

function file(rows: readonly (readonly string[])[], style: Style = {}): string {
  return rows.map((row) => line(row, style) + (style.eol ?? '\r\n')).join('');
}

interface Polluted {
  /** What was done to the file. */
  readonly name: string;
  readonly text: string;
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
}

function wholeFiles(): Polluted[] {
  const same = (name: string, text: string): Polluted => ({ name, text, header, records });
  const clean = file(table);
  const spaced = table
    .map(
      (row) =>
        `${row.map((cell) => (/[ "]/.test(cell) ? field(cell, { delimiter: cell }) : cell)).join(' ')}\r\n`,
    )
    .join('');
  const wide = records.slice(0, 20).map((row) => [...row, 'x']);
  return [
    same('source', clean),
    same('no newline at the end', clean.trimEnd()),
    same('two newlines at the end', `${clean}\r\n`),
    same('byte order mark', `\ufeff${clean}`),
    { name: 'empty', text: '', header: [], records: [] },
    { name: 'header only', text: file([header]), header, records: [] },
    { name: 'one record', text: file(table.slice(0, 2)), header, records: records.slice(0, 1) },
    { name: 'no header', text: file(records), header: [], records },
    same('preamble', `Report of line 4\r\nPrinted on Monday, at noon\r\n\r\n${clean}`),
    same('padded preamble', `Report of line 4${','.repeat(8)}\r\n${','.repeat(8)}\r\n${clean}`),
    same('a second table of the same width', clean + file(table.slice(0, 20))),
    same('a second, wider table', clean + file([[...header, 'more'], ...wide])),
    same('a second, narrower table', clean + file(table.slice(0, 20).map((row) => row.slice(0, 4)))),
    same('LF', file(table, { eol: '\n' })),
    same('CR', file(table, { eol: '\r' })),
    same('semicolons', file(table, { delimiter: ';' })),
    same('tabs', file(table, { delimiter: '\t' })),
    same('bars', file(table, { delimiter: '|' })),
    same('commas with spaces', file(table, { delimiter: ', ' })),
    same('single quotes', file(table, { quote: "'" })),
    same('backslashes', file(table, { escape: '\\' })),
    same(
      'everything quoted',
      table.map((row) => `${row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join()}\r\n`).join(''),
    ),
    same('spaces', spaced),
    same('quotes without an escape', file(table, { escape: '' })),
    same('a header of two rows', file([header, ...table])),
    same('a header of three rows', file([header, header, ...table])),
    {
      name: 'one column',
      text: file(table.map((row) => row.slice(3, 4))),
      header: ['LOT'],
      records: records.map((row) => row.slice(3, 4)),
    },
  ];
}

/** Rows between two that are spoiled, so that the test stays fast; 1: all, as the README counts them. */
const step = Number(process.env.INGEST_TEST_POLLUTION_STEP ?? 12);

/** One row spoiled: a delimiter missing, one too many, a quote too many, or spaces for delimiters. */
function spoiledRows(): Polluted[] {
  return table.flatMap((row, at) => {
    if (at % step !== 0) return [];
    const cells = row.map((cell) => field(cell, {}));
    const spoil = (name: string, text: string): Polluted => ({
      name,
      text: table.map((other, i) => `${i === at ? text : line(other)}\r\n`).join(''),
      header: at === 0 ? [] : header,
      records: records.filter((_, i) => i + 1 !== at),
    });
    const perColumn = header.flatMap((_, column) => {
      const [before, after] = [cells.slice(0, column), cells.slice(column)];
      const joined = [...before.slice(0, -1), `${before.at(-1) ?? ''}${after[0] ?? ''}`, ...after.slice(1)];
      return [
        ...(column === 0 ? [] : [spoil('delimiter missing', joined.join())]),
        spoil('delimiter too many', [...before, '', ...after].join()),
        spoil('quote too many', [...before, `"${after[0]}`, ...after.slice(1)].join()),
      ];
    });
    return [...perColumn, spoil('spaces in one row', cells.join(' '))];
  });
}

/** The share of `expected` that is found, and of what is found that is expected, as one number. */
function f1(expected: readonly string[], found: readonly string[]): number {
  if (expected.length === 0) return 1;
  const left = new Map<string, number>();
  for (const item of expected) left.set(item, (left.get(item) ?? 0) + 1);
  let common = 0;
  for (const item of found) {
    const count = left.get(item) ?? 0;
    if (count > 0) common++;
    left.set(item, count - 1);
  }
  return common === 0 ? 0 : (2 * common) / (expected.length + found.length);
}

/** Of 10: one for being read at all, three each for header, records and cells. */
function score(polluted: Polluted, { columns, rows }: Sampled): number {
  const texts = rows.map((row) => row.map((cell) => cell ?? ''));
  const joined = (all: readonly (readonly string[])[]) => all.map((row) => row.join('\u0000'));
  return (
    1 +
    3 * f1(polluted.header, columns ?? []) +
    3 * f1(joined(polluted.records), joined(texts)) +
    3 * f1(polluted.records.flat(), texts.flat())
  );
}

/** What each pollution must come to at least, in tenths; of those not named here 9.9. */
const atLeast: Readonly<Record<string, number>> = {
  'delimiter missing': 9.5,
  'delimiter too many': 9.5,
  'a second table of the same width': 9,
  'a second, wider table': 9,
  'a second, narrower table': 9,
  'no header': 9.9,
  'a header of two rows': 9.8,
  'a header of three rows': 9.8,
  'quotes without an escape': 8,
  spaces: 1,
};

it('polluted files come out nearly whole: of 10 points', () => {
  const files = [...wholeFiles(), ...spoiledRows()];
  const byName = new Map<string, number[]>();
  for (const polluted of files) {
    const points = score(polluted, readFile(polluted.text));
    byName.set(polluted.name, [...(byName.get(polluted.name) ?? []), points]);
  }
  const mean = (points: readonly number[]) => points.reduce((sum, one) => sum + one, 0) / points.length;
  const means = new Map([...byName].map(([name, points]) => [name, mean(points)]));
  const total = mean([...byName.values()].flat());
  console.log(`polluted files: ${total.toFixed(3)} of 10 over ${files.length}`, Object.fromEntries(means));
  for (const [name, points] of means) expect(points, name).toBeGreaterThanOrEqual(atLeast[name] ?? 9.9);
  expect(total).toBeGreaterThan(9.5);
});
