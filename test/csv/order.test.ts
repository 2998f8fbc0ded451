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

test('it does so too when it is too young to be taken at once', async () => {
  const dir = workdir();
  dir.write('in/b.csv', 'x,y\n1,2\n');
  dir.write('in/a.csv', 'lot,n\n1,2\n', new Date());
  const { files } = await dir.ingest(['in', '--json']);
  expect(files.map(({ path, outcome }) => [path, outcome])).toEqual([
    ['a.csv', 'loaded'],
    ['b.csv', 'failed'],
  ]);
});
