import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../src/domain/settings.ts';
import { EncodingWatch, findEncoding, OtherEncoding } from '../../src/format/encoding.ts';
import { readFile } from './sample.ts';

function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const text = 'name,größe\nMüller,1\nÉtienne,2\n';

const files: Record<string, { bytes: Buffer; encoding: Encoding }> = {
  'UTF-8': { bytes: Buffer.from(text), encoding: 'utf-8' },
  'UTF-8 with a byte order mark': { bytes: Buffer.from(`\ufeff${text}`), encoding: 'utf-8' },
  'UTF-16 LE': { bytes: Buffer.from(text, 'utf16le'), encoding: 'utf-16le' },
  'UTF-16 LE with a byte order mark': {
    bytes: Buffer.from(`\ufeff${text}`, 'utf16le'),
    encoding: 'utf-16le',
  },
  'UTF-16 BE': { bytes: bigEndian(text), encoding: 'utf-16be' },
  'UTF-16 BE with a byte order mark': { bytes: bigEndian(`\ufeff${text}`), encoding: 'utf-16be' },
  'Latin-1': { bytes: Buffer.from(text, 'latin1'), encoding: 'windows-1252' },
};

describe('the encoding is found', () => {
  it.each(Object.entries(files))('%s', (_name, { bytes, encoding }) => {
    const found = readFile(bytes);
    expect(found.columns).toEqual(['name', 'größe']);
    expect(found.rows).toEqual([
      ['Müller', '1'],
      ['Étienne', '2'],
    ]);
    expect(found.format).toContain(`csv, ${encoding}`);
  });

  it('what Windows-1252 has beyond Latin-1', () => {
    const bytes = Buffer.from('a,b\n\x80 5,\x93x\x94 \x96 y\n', 'latin1');
    expect(readFile(bytes).rows).toEqual([['€ 5', '“x” – y']]);
  });

  it('UTF-8 with a broken record is still UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('a,b\nö,2\n'), Buffer.of(0xfc), Buffer.from(',x\nü,4\n')]);
    expect(readFile(bytes)).toMatchObject({
      rows: [
        ['ö', '2'],
        ['ü', '4'],
      ],
      rejects: [{ line: 3, raw: '\\xfc,x' }],
    });
  });

  it('as set, where it is set', () => {
    expect(readFile(Buffer.from('a,b\nÄ,1\n'), { encoding: 'windows-1252' }).rows).toEqual([['Ã„', '1']]);
  });
});

describe('a file whose first bytes are no good sample', () => {
  /** The encoding that is found in the end when a file comes in pieces, of which the first is its sample. */
  function foundInPieces(pieces: readonly Buffer[]): Encoding {
    const { encoding } = findEncoding(pieces[0] ?? Buffer.alloc(0), 'auto');
    const watch = new EncodingWatch(encoding);
    try {
      for (const piece of pieces) watch.push(piece);
      watch.end();
      return encoding;
    } catch (error) {
      if (error instanceof OtherEncoding) return error.finding.encoding;
      throw error;
    }
  }

  const part = fc.oneof(
    fc.constant(Buffer.from('id,name\n'.repeat(40))),
    fc.constantFrom('é', '€', '😀', 'Ã', 'ü'.repeat(300)).map((text) => Buffer.from(text)),
    fc.constantFrom(0xe9, 0xfc, 0x80, 0xe2, 0xf0).map((byte) => Buffer.of(byte, 0x20)),
    fc.constantFrom(0xe9, 0xc3).map((byte) => Buffer.alloc(400, byte)),
  );

  it('is read in the encoding that all of it would show, wherever it is cut', () => {
    const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), cuts, (parts, places) => {
        const bytes = Buffer.concat(parts);
        const ends = [...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
        expect(foundInPieces(pieces)).toBe(findEncoding(bytes, 'auto').encoding);
      }),
      { numRuns: 500 },
    );
  });

  it('is judged by its first thousand characters beyond ASCII, and by no other', () => {
    const ascii = Buffer.alloc(5000, 'x');
    const thousand = Buffer.alloc(1000, 0xe9);
    const rest = Buffer.from('é'.repeat(5000));
    expect(foundInPieces([ascii, thousand, rest])).toBe('windows-1252');
    expect(findEncoding(Buffer.concat([ascii, thousand, rest]), 'auto').encoding).toBe('windows-1252');
    expect(foundInPieces([ascii, thousand.subarray(0, 999), rest])).toBe('windows-1252');
    expect(foundInPieces([ascii, thousand.subarray(0, 700), rest])).toBe('utf-8');
  });
});

describe('what does not decode is a reject at its line and byte of the file', () => {
  it('one of the five bytes that say nothing in Windows-1252', () => {
    const bytes = Buffer.from('a,b\n\xe4,1\n\x81x,2\n\xf6,3\n', 'latin1');
    const { rows, rejects } = readFile(bytes);
    expect(rows).toEqual([
      ['ä', '1'],
      ['ö', '3'],
    ]);
    expect(rejects).toMatchObject([{ line: 3, byteOffset: 8, code: 'encoding', raw: '\\x81x,2' }]);
  });

  it('half a character of UTF-16, and an odd byte at its end', () => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeffa,b\nä,1\n\ud800x,2\n😀,3\nx,4', 'utf16le'),
      Buffer.of(0x20),
    ]);
    const { rows, rejects } = readFile(bytes);
    expect(rows).toEqual([
      ['ä', '1'],
      ['😀', '3'],
    ]);
    expect(rejects).toMatchObject([
      { line: 3, byteOffset: 18, code: 'encoding', raw: '\\ud800x,2' },
      { line: 5, byteOffset: 38, code: 'encoding' },
    ]);
  });

  it('at any place, in chunks of any size', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '7') });
    const encode: Record<string, (text: string) => Buffer> = {
      'utf-8': (text) => Buffer.from(text),
      'utf-16le': (text) => Buffer.from(text, 'utf16le'),
      'utf-16be': bigEndian,
    };
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('utf-8', 'utf-16le', 'utf-16be'),
        (cells, encoding) => {
          const to = encode[encoding] ?? Buffer.from;
          const lines = ['k,v\n', ...cells.map((value) => `k,${value}\n`)];
          const broken = `k,${'\0'}\n`;
          const found = readFile(to(lines.join('') + broken), { encoding, header: true });
          expect(found.rows.map((row) => row[1])).toEqual(cells.map((value) => value || null));
          expect(found.rejects[0]).toMatchObject({
            line: lines.length + 1,
            byteOffset: to(lines.join('')).length,
          });
        },
      ),
    );
  });
});
