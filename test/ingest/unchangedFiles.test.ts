import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnchangedFiles } from '../../src/ingest/unchangedFiles.ts';

test('files that are as they were come back in their order, however many', () => {
  const file = fc.record({
    path: fc.string({ unit: 'grapheme', minLength: 1 }).map((path) => path.replaceAll('\0', '/')),
    size: fc.maxSafeNat(),
    table: fc.constantFrom('a', 'a', 'a', 'b'),
  });
  fc.assert(
    fc.property(
      fc.array(file, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 1600 }),
      (some, count) => {
        const files = Array.from(
          { length: count },
          (_, i) => some[i % some.length] ?? { path: '', size: 0, table: '' },
        );
        const unchanged = new UnchangedFiles();
        for (const { path, size, table } of files) unchanged.add({ path, size }, table);
        expect([...unchanged]).toEqual(files);
      },
    ),
  );
});
