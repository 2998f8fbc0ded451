import fc from 'fast-check';
import { expect, test } from 'vitest';
import { behindLineEnd, lineEndAt, RecordScanner } from '../../src/format/csv-scan.ts';

/** What `wholeLength` is, found record for record. */
function scannedLength(scanner: RecordScanner, bytes: Buffer): number {
  let end = 0;
  while (end < bytes.length) {
    const found = scanner.scan(bytes, end, false);
    if (found === 'cut' || found === 'unclosed') return end;
    const next = found === 'whole' ? scanner.end : behindLineEnd(bytes, lineEndAt(bytes, end));
    if (next === bytes.length && found === 'broken' && bytes.at(-1) !== 0x0a) return end;
    end = next;
  }
  return end;
}

const field = fc.oneof(
  fc.constantFrom('', 'a', ' ', ' b', '"', '""', '"a"', ' "a"', '"a,b"', '"a\nb"', '"\r"', '"say ""hi"""'),
  fc.constantFrom('5" pipe', '"a"b', '"a\\"b"', '\\', '"open'),
);
const record = fc
  .tuple(fc.array(field, { minLength: 1, maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\r', ''))
  .map(([fields, end]) => fields.join(',') + end);
const regular = fc.constantFrom(
  '1,"a,b",2\n',
  '"x"\r\n',
  'p,q\r',
  '"a\nb","c"\n',
  '"",""\n',
  '\n',
  '"d""e"\n',
);
const text = fc.oneof(
  fc.array(fc.oneof(record, regular), { maxLength: 8 }).map((records) => records.join('')),
  fc.array(regular, { maxLength: 8 }).map((records) => records.join('')),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'a', '\\'), maxLength: 30 }),
);

test.each([
  ['doubled', false],
  ['doubled', true],
  ['backslash', false],
] as const)(
  'with quotes %s, spaced %s, as much is whole as records scanned one by one',
  (written, spaced) => {
    const scanner = new RecordScanner({ delimiter: ',', quote: '"', escape: written, spaced });
    fc.assert(
      fc.property(text, fc.nat(30), (whole, cut) => {
        const all = Buffer.from(whole);
        const bytes = all.subarray(0, Math.max(0, all.length - cut));
        expect(scanner.wholeLength(bytes)).toBe(scannedLength(scanner, bytes));
      }),
      { numRuns: 20_000 },
    );
  },
);

test('a block that is cut within quotes is whole up to the record of these', () => {
  const scanner = new RecordScanner({ delimiter: ',', quote: '"', escape: 'doubled', spaced: false });
  expect(scanner.wholeLength(Buffer.from('a,"b\nc"\n1,"2\n3'))).toBe('a,"b\nc"\n'.length);
  expect(scanner.wholeLength(Buffer.from('"a\nb"'))).toBe(0);
  expect(scanner.wholeLength(Buffer.from('x\r\n"a"\r'))).toBe('x\r\n'.length);
});
