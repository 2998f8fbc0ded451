import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdSet } from '../../src/domain/idSet.ts';

test('a set of ids has what was added, near and far, and says what is new', () => {
  const id = fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.maxSafeNat(),
    fc.constantFrom(32_767, 32_768, 65_536),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 100 }), fc.array(id), (added, others) => {
      const ids = new IdSet();
      const model = new Set<number>();
      for (const one of added) {
        expect(ids.add(one)).toBe(!model.has(one));
        model.add(one);
      }
      for (const one of [...added, ...others]) expect(ids.has(one)).toBe(model.has(one));
    }),
  );
});
