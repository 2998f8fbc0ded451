import { describe, expect, test } from 'vitest';
import { judged } from '../../src/format/judged.ts';
import { readFile } from './sample.ts';

/** A file of three columns, of which a record has a text of many lines; `before` and `behind`: records around it. */
function fileWith(line: string, lines: number, before: number, behind: number, end = '\n') {
  const text = line.repeat(lines);
  const rows = [
    ...Array.from({ length: before }, (_, i) => [String(i), 'plain', 'x']),
    ['7', text, 'y'],
    ...Array.from({ length: behind }, (_, i) => [String(i), 'fine', 'z']),
  ];
  const written = rows.map(([id, log, by]) => `${id},"${log?.replaceAll('"', '""')}",${by}`);
  return { csv: ['id,log,by', ...written, ''].join(end).slice(0, -end.length), rows };
}

describe('a quoted text that goes on where the sample ends', () => {
  test.each([
    ['plain lines', 'line of log\n', 6000],
    ['lines with other delimiters', 'a;b;c;d\n', 10_000],
    ['lines with the same delimiter', 'a,b,c,d\n', 10_000],
    ['quotes', 'he said "so"\n', 8000],
    ['JSON Lines', '{"a":1,"b":"x"}\n', 6000],
    ['lines that end in CRLF', 'line of log\r\n', 7000],
    ['a megabyte and more', 'line of log\n', 150_000],
  ])('of %s is one value', (_what, line, lines) => {
    for (const [before, behind] of [
      [0, 2],
      [5, 1],
      [300, 0],
    ] as const) {
      const { csv, rows } = fileWith(line, lines, before, behind);
      const found = readFile(csv);
      expect(found.columns).toEqual(['id', 'log', 'by']);
      expect(found.rejects).toEqual([]);
      expect(found.rows.length).toBe(rows.length);
      expect(found.rows.every((row, i) => row.join('|') === rows[i]?.join('|'))).toBe(true);
    }
  });
});

describe('a file is judged by', () => {
  const line = `1,${'x'.repeat(97)}\n`;
  const head = Buffer.from(line.repeat(1000));

  test('all of it, if it is small', () => {
    expect(judged(head.subarray(0, 60_050), true, '"').length).toBe(60_050);
  });

  test('whole lines of its first 64 KiB', () => {
    for (const quote of ['"', null]) expect(judged(head, true, quote).length).toBe(65_500);
  });

  test('the same lines, where a quote is never closed', () => {
    const broken = Buffer.concat([head.subarray(0, 60_000), Buffer.from('1,"x\n'), head]);
    expect(judged(broken, true, '"').length).toBe(65_505);
    expect(judged(broken, true, null).length).toBe(65_505);
  });

  test('the same lines, where quotes stand within fields', () => {
    const inches = Buffer.concat([head.subarray(0, 60_000), Buffer.from('1,5" wide\n'), head]);
    expect(judged(inches, true, '"').length).toBe(65_510);
  });

  test('more, up to the end of the record, where that is quoted there', () => {
    const text = `1,"${'y\n'.repeat(40_000)}",2\n`;
    const long = Buffer.concat([head.subarray(0, 60_000), Buffer.from(text), head]);
    expect(judged(long, true, '"').length).toBe(60_000 + text.length);
    expect(judged(long, true, null).length).toBeLessThanOrEqual(65_536);
  });
});
