import { expect, it } from 'vitest';
import { type LabExport, labExport } from './labExports.ts';
import { readFile, type Sampled } from './sample.ts';

const exportsMade = 400;

/** All that is kept of a file, as one text. */
function kept({ columns, rows, rejects, preamble }: Sampled): string {
  const texts = [columns ?? [], ...rows, rejects.map(({ raw }) => raw)].flat();
  return [...texts, ...preamble.flatMap(({ key, value }) => [key, value])].join('\u0000');
}

function isReadRight({ columns, records }: LabExport, found: Sampled): boolean {
  const texts = found.rows.map((row) => row.map((cell) => cell ?? ''));
  const said = JSON.stringify([found.columns, texts.filter((row) => row.some((cell) => cell.trim() !== ''))]);
  return said === JSON.stringify([columns, records]);
}

it('several hundred laboratory exports: each cell is found again, and nearly all tables are read as they are', () => {
  const wrong: string[] = [];
  for (let index = 0; index < exportsMade; index += 1) {
    const made = labExport(index);
    const found = readFile(made.bytes);
    const all = kept(found);
    expect(
      made.cells.filter((cell) => !all.includes(cell)),
      made.name,
    ).toEqual([]);
    if (!isReadRight(made, found)) wrong.push(`${made.name} -> ${found.format}`);
  }
  console.log(
    `laboratory exports read right: ${exportsMade - wrong.length} of ${exportsMade}`,
    wrong.slice(0, 40),
  );
  expect(wrong.length).toBeLessThan(exportsMade * 0.02);
});
