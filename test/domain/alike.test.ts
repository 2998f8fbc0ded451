import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAlike } from '../../src/domain/alike.ts';

/** Text that is the same for the same data, whatever the order of its keys. */
function written(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? ['object', ...Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))]
      : inner,
  );
}

/** Small, so that two of them are often the same. */
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(null, 0, 1, '', 'a', true),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

test('what says the same is alike, and nothing else is', () => {
  fc.assert(
    fc.property(data, data, (one, other) => {
      expect(isAlike(one, structuredClone(one))).toBe(true);
      expect(isAlike(one, other)).toBe(written(one) === written(other));
    }),
    { numRuns: 2000 },
  );
});
