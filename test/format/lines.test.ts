import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLineEnds } from '../../src/format/lines.ts';

test('LF, CRLF and CR are one line end each, in a text as in its bytes', () => {
  expect(countLineEnds(Buffer.from('a\nb\r\nc\rd'))).toBe(3);
  const text = fc.string({ unit: fc.constantFrom('\n', '\r', 'a', 'ä'), maxLength: 40 });
  fc.assert(
    fc.property(text, (whole) => {
      const ends = whole.match(/\r\n|\r|\n/g)?.length ?? 0;
      expect([countLineEnds(whole), countLineEnds(Buffer.from(whole))]).toEqual([ends, ends]);
    }),
    { numRuns: 2000 },
  );
});
