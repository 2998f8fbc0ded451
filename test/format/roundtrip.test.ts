import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFile, type Sampled } from './sample.ts';

interface Writing {
  delimiter: string;
  quote: string;
  backslash: boolean;
  quoteAll: boolean;
  eol: string;
  lastEol: boolean;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  mark: boolean;
}

const writing: fc.Arbitrary<Writing> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'"),
  backslash: fc.boolean(),
  quoteAll: fc.boolean(),
  eol: fc.constantFrom('\n', '\r\n', '\r'),
  lastEol: fc.boolean(),
  encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
  mark: fc.boolean(),
});

const cell = fc.oneof(
  fc.constantFrom('', '12', '-0.5', '1,5', 'N/A', '2024-05-01', 'Müller', 'a b'),
  fc.string({
    unit: fc.constantFrom('x', 'y', '"', "'", ',', ';', '\t', '|', '\n', ' ', 'é', '\\', '7'),
    maxLength: 8,
  }),
);
const table = fc
  .integer({ min: 1, max: 5 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
  );

function write(rows: readonly (readonly string[])[], style: Writing): Buffer {
  const { delimiter, quote, eol } = style;
  const quoted = (text: string) => {
    const doubled = style.backslash
      ? text.replace(/[\\]/g, '\\\\').replaceAll(quote, `\\${quote}`)
      : text.replaceAll(quote, quote + quote);
    return quote + doubled + quote;
  };
  const needsQuotes = (text: string) =>
    [delimiter, quote, '\n', '\r', ...(style.backslash ? ['\\'] : [])].some((char) => text.includes(char));
  const line = (cells: readonly string[]) => {
    const text = cells
      .map((value) => (style.quoteAll || needsQuotes(value) ? quoted(value) : value))
      .join(delimiter);
    return text === '' ? quote + quote : text;
  };
  const text = rows.map(line).join(eol) + (style.lastEol ? eol : '');
  return encode(style.mark ? `\ufeff${text}` : text, style.encoding);
}

function encode(text: string, encoding: Writing['encoding']): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'windows-1252') return Buffer.from(text.replace('\ufeff', ''), 'latin1');
  const wide = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? wide.swap16() : wide;
}

describe('any table comes back cell for cell', () => {
  it('when its dialect is set', () => {
    fc.assert(
      fc.property(table, writing, (rows, style) => {
        const header = (rows[0] ?? []).map((_, index) => `name_${index}`);
        const found = readFile(write([header, ...rows], style), {
          delimiter: style.delimiter,
          quote: style.quote,
          escape: style.backslash ? 'backslash' : 'doubled',
          encoding: style.encoding,
          header: true,
          preamble: 'none',
        });
        expect(found.rejects).toEqual([]);
        expect(found.columns).toEqual(header);
        expect(found.rows).toEqual(rows.map((row) => row.map((value) => value || null)));
      }),
      { numRuns: 500 },
    );
  });

  it('when its dialect is found, if its values are plain', () => {
    const plain = fc.constantFrom(
      '12',
      '-0.5',
      '7',
      '2024-05-01',
      'Müller',
      'a b',
      'say "hi"',
      "it's",
      'x, y',
      'x;y',
    );
    const records = fc.array(
      fc.tuple(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), plain),
      {
        minLength: 5,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(records, writing, (values, style) => {
        const rows = values.map(([id, number, text]) => [`${id}`, number.toFixed(3), text]);
        const header = ['id', 'value', 'größe'];
        // A single quote is told from an apostrophe only where it quotes often.
        const found = readFile(
          write([header, ...rows], { ...style, quoteAll: style.quoteAll || style.quote === "'" }),
        );
        expect(found.rejects).toEqual([]);
        expect({ columns: found.columns, rows: found.rows }).toEqual({ columns: header, rows });
      }),
      { numRuns: 500 },
    );
  });
});

describe('any bytes', () => {
  const unit = fc.constantFrom(
    'a',
    'b',
    '1',
    '2',
    ',',
    ';',
    '"',
    "'",
    '\n',
    '\r',
    '\t',
    ' ',
    '|',
    '\\',
    'ü',
    '\0',
  );
  const text = fc.string({ unit, maxLength: 200 }).map((value) => Buffer.from(value, 'latin1'));
  const bytes = fc.oneof(
    text,
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  );

  it('are read without a crash, and nothing that is not blank is lost', () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom(7, 40, 10_000), (all, maxRecordBytes) => {
        const found = readFile(
          Buffer.concat([Buffer.from('h'), all]),
          { encoding: 'windows-1252' },
          { maxRecordBytes },
        );
        // Of a record that is too large only the first bytes are kept, as its message says.
        fc.pre(found.rejects.every(({ code }) => code !== 'record_too_large'));
        expect(missing(all, found)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  /** All that is kept of a file. */
  function everything({ columns, rows, rejects, preamble }: Sampled): string {
    const kept = [
      columns ?? [],
      ...rows,
      rejects.map(({ raw }) => raw),
      ...preamble.map(({ key, value }) => [key, value]),
    ];
    return kept.flat().join(' ');
  }

  function lettersOf(text: string): string[] {
    return text.match(/[ab12]/g) ?? [];
  }

  /** Letters that stand more often in the file than in what is kept of it. */
  function missing(all: Buffer, found: Sampled): string[] {
    const kept = lettersOf(everything(found));
    return ['a', 'b', '1', '2'].filter((letter) => {
      const count = (letters: readonly string[]) => letters.filter((other) => other === letter).length;
      return count(lettersOf(all.toString('latin1'))) > count(kept);
    });
  }
});
