import { expect, test } from 'vitest';
import { workdir } from '../program.ts';

test('indexes are made as soon as their columns are there; until then a warning names them', async () => {
  const dir = workdir();
  const source = { name: 'data', root: 'data', indexes: [['Lot', 'machine'], ['day']] };
  dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
  const found = async () => {
    const { code, summary } = await dir.ingest(['--json']);
    const indexes = dir.rows<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'data'",
    );
    return [code, summary.warnings.map(({ message }) => message), indexes.map(({ name }) => name)];
  };
  dir.write('data/a.csv', 'lot,machine\n1,x\n');
  const day = 'Table data has no index on day: it does not have all of these columns.';
  expect(await found()).toEqual([0, [day], ['data by Lot, machine']]);
  dir.write('data/b.csv', 'lot,machine,day\n2,y,2026-03-02\n');
  expect(await found()).toEqual([0, [], ['data by Lot, machine', 'data by day']]);
  expect(await found()).toEqual([0, [], ['data by Lot, machine', 'data by day']]);
});
