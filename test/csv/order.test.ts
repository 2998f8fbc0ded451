import { expect, test } from 'vitest';
import { workdir } from '../program.ts';

test('the first file by path decides what a new table is, whatever the order of files', async () => {
  for (const order of ['newest', 'oldest', 'largest']) {
    const dir = workdir();
    dir.write('in/c.csv', 'x,y\n1,2\n');
    dir.write('in/a.csv', 'lot,n\n1,2\n');
    dir.write('in/b.csv', `x,y\n${'1,2\n'.repeat(500)}`);
    const { files } = await dir.ingest(['in', '--json', '--order', order]);
    const outcomes = Object.fromEntries(
      files.map(({ path, outcome, error }) => [path, error?.code ?? outcome]),
    );
    expect(outcomes).toEqual({
      'a.csv': 'loaded',
      'b.csv': 'unrelated_columns',
      'c.csv': 'unrelated_columns',
    });
  }
});

test('a file of one column does not make one column of the next with the same first line', async () => {
  const dir = workdir();
  dir.write('in/a.csv', `id,value\n${'1\n'.repeat(50)}`);
  dir.write('in/b.csv', `id,value\n${'1,2\n'.repeat(50)}`);
  dir.write(
    'ingest.config.json',
    '{ "sources": [{ "name": "in", "root": "in", "tables": [{ "match": "a.csv", "table": "a" }] }] }',
  );
  await dir.ingest(['--workers', '0', '--order', 'path']);
  expect(dir.rows('SELECT DISTINCT id, value FROM "in"')).toEqual([{ id: 1, value: 2 }]);
});
