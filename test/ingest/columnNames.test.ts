import { expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { ingest } from './fates.ts';

test('a column of a file that is called as one from its path gets another name, whatever its place', async () => {
  const dir = workdir();
  const source = { name: 'data', root: 'data', pathColumns: '{lot}_*.*' };
  dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
  dir.write('data/A_x.csv', 'lot,lot_2,v\n1,2,3\n');
  dir.write('data/A_y.csv', 'v,lot_2,lot\n3,2,1\n');
  dir.write('data/A_z.json', '{"lot":1,"lot_2":2,"v":3}\n');
  dir.write('data/A_w.json', '{"lot_2":2,"lot":1,"v":3}\n');
  const { summary } = await dir.ingest(['--json']);
  expect(summary.rows).toMatchObject({ parsed: 4, inserted: 1, deduplicated: 3 });
  expect(dir.rows('SELECT lot, lot_2, lot_3, v FROM data')).toEqual([{ lot: 'A', lot_2: 2, lot_3: 1, v: 3 }]);
  const renamed = summary.warnings.filter(({ code }) => code === 'renamed_columns');
  expect(renamed.map(({ message }) => message).sort()).toEqual([
    'A_w.json: Columns renamed: column 2 "lot" is "lot_3"',
    'A_x.csv: Columns renamed: column 1 "lot" is "lot_3"',
    'A_y.csv: Columns renamed: column 3 "lot" is "lot_3"',
    'A_z.json: Columns renamed: column 1 "lot" is "lot_3"',
  ]);
});

test('fields that would be called alike are told apart by their paths, in whatever order files have them', async () => {
  const dir = workdir();
  dir.write('data/x.ndjson', '{"id":1,"a":{"b":1},"a_b":2,"l":[{"a":1}],"L":[{"a":2}]}\n');
  dir.write('data/y.ndjson', '{"id":1,"a_b":1,"a":{"b":2},"L":[{"a":1}],"l":[{"a":2}]}\n');
  dir.write('data/z.ndjson', '{"L":[{"a":2}],"l":[{"a":1}],"a_b":2,"id":1,"a":{"b":1}}\n');
  const { summary } = await dir.ingest(['data', '--json']);
  expect(summary.rows).toMatchObject({ parsed: 3, inserted: 2, deduplicated: 1 });
  expect(dir.rows('SELECT id, a_b, a_b_2 FROM data ORDER BY a_b')).toEqual([
    { id: 1, a_b: 1, a_b_2: 2 },
    { id: 1, a_b: 2, a_b_2: 1 },
  ]);
  const lists = `SELECT lower.a AS l, upper.a AS u FROM data
    JOIN data_l_2 lower ON lower._parent_id = data._id JOIN data_L upper ON upper._parent_id = data._id
    ORDER BY lower.a`;
  expect(dir.rows(lists)).toEqual([
    { l: 1, u: 2 },
    { l: 2, u: 1 },
  ]);
});

test('a key column that no file has is named in a warning', async () => {
  const dir = workdir();
  dir.write('data/a.csv', 'k,v\n1,2\n1,3\n');
  const { summary } = await ingest(dir, '--dedupe', 'key', '--key', 'K,zz');
  expect(summary.warnings).toMatchObject([
    {
      code: 'key_absent',
      message: 'Table data has no column zz, which "key" names: K alone tells records apart.',
    },
  ]);
  dir.write('data/b.csv', 'k,zz,v\n1,1,2\n');
  expect((await ingest(dir, '--dedupe', 'key', '--key', 'K,zz')).summary.warnings).toEqual([]);
});

test('a key of empty texts is none, and a required text is not empty, even where empty texts are values', async () => {
  const dir = workdir();
  const source = { name: 'data', root: 'data', nulls: ['N/A'], dedupe: 'key', key: ['k'] };
  const validate = { w: { required: true } };
  dir.write('ingest.config.json', JSON.stringify({ maxRejects: '100%', sources: [{ ...source, validate }] }));
  dir.write('data/a.csv', 'k,v,w\n,1,x\n,2,x\nN/A,3,x\nx,4,\ny,,x\n');
  const { summary } = await dir.ingest(['--json']);
  expect(summary.rows).toMatchObject({ parsed: 5, inserted: 1, rejected: 4 });
  expect(dir.rows('SELECT line, code FROM _ingest_rejects ORDER BY line')).toEqual([
    { line: 2, code: 'no_key' },
    { line: 3, code: 'no_key' },
    { line: 4, code: 'no_key' },
    { line: 5, code: 'invalid_value' },
  ]);
  expect(dir.rows('SELECT k, v FROM data')).toEqual([{ k: 'y', v: '' }]);
});
