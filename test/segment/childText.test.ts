import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CellBlock } from '../../src/domain/cellBlock.ts';
import { folded } from '../../src/domain/columnName.ts';
import { ChildText, rowLabels } from '../../src/segment/childText.ts';

/** What a row says, as a string. */
function said(row: ReadonlyMap<string, string | null>, depth: number, field: string): string {
  const cells = [...row].map(([name, cell]) => ({ label: `\0${folded(name)}\0`, cell }));
  cells.sort((a, b) => (a.label < b.label ? -1 : 1));
  const parts = cells.map(({ label, cell }) => (cell === null ? '' : `${label}${cell.length}:${cell}`));
  return `\u0001${depth}\0${folded(field)}${parts.join('')}`;
}

test('says of rows what their cells are, by name, each with its length in UTF-16', () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.nat({ max: 12_000 }).map((length) => 'aé😀'.repeat(length)),
  );
  const table = fc.record({
    names: fc.uniqueArray(fc.string({ unit: 'grapheme', maxLength: 5 }), { maxLength: 5, selector: folded }),
    depth: fc.nat({ max: 12 }),
    field: fc.string({ unit: 'grapheme', maxLength: 5 }),
    rows: fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { maxLength: 4 }),
  });
  const text = new ChildText();
  fc.assert(
    fc.property(fc.array(table, { maxLength: 3 }), (tables) => {
      text.clear();
      let expected = '';
      for (const { names, depth, field, rows } of tables) {
        const block = new CellBlock();
        block.begin(names.length);
        for (const row of rows) block.add(row, 0);
        for (const [place, row] of rows.entries()) {
          text.add(rowLabels(names, depth, field), block, place);
          expected += said(new Map(names.map((name, column) => [name, row[column] ?? null])), depth, field);
        }
      }
      expect(text.bytes.toString()).toBe(expected);
    }),
    { numRuns: 200 },
  );
});
