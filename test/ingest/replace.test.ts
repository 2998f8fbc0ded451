import { test } from 'vitest';
import { live } from './history/life.ts';
import type { Change, Step } from './history/steps.ts';
import { places } from './history/world.ts';

/** Counter-examples that the histories found, each told once more in the fewest steps. */

test('an integer beyond 2^53 stays whole when a later file makes its column TEXT', async () => {
  await live(
    [
      step(write('alpha/q_1.csv', ['k'], [['9007199254740993']])),
      step(write('alpha/p_1.csv', ['k'], [['1.5']])),
    ],
    'row',
  );
});

test('an integer beyond 2^53 stays whole when a decimal arrives in the same batch', async () => {
  const decimal = write('alpha/p_1.csv', ['k'], [['1.5']]);
  await live([step(decimal, write('alpha/q_1.csv', ['a', 'k'], [['1', '9007199254740993']]))], 'row');
});

test('two files of one content that go missing in one scan keep their rows between them', async () => {
  const first = step(
    write('gamma/q_1.csv', ['k'], [['1']]),
    write('gamma/q_2.csv', ['k'], [['1']]),
    write('gamma/z_1.json', ['k'], [['2']]),
  );
  const gone = step({ change: 'delete', at: 0 }, { change: 'delete', at: 0 });
  const believed: Step = { ...gone, running: { acceptShrink: true } };
  await live([first, believed, { changes: [], running: {} }], 'row');
});

test('a record that comes forward takes a table that has gained a column meanwhile', async () => {
  await live(
    [
      step(write('alpha/p_1.csv', ['k'], []), write('alpha/sub/p_1.csv', ['k'], [])),
      step(write('alpha/q_1.csv', ['k'], [['1']])),
      step(write('alpha/p_1.csv', ['k', 'a'], []), write('alpha/sub/p_1.csv', ['k'], [['1']])),
      { ...step(write('alpha/sub/p_1.csv', ['k'], [])), running: { acceptShrink: true } },
    ],
    'key',
  );
});

test('of two equal files that shrink in one run neither stands for the other', async () => {
  const long = [['1'], ['2'], ['x']];
  await live(
    [
      step(write('alpha/p_1.csv', ['k'], long), write('alpha/q_1.csv', ['k'], long)),
      step(write('alpha/p_1.csv', ['k'], [['01']]), write('alpha/q_1.csv', ['k'], [['N/A']])),
    ],
    'row',
  );
});

test('two equal files of a first run are a file and its duplicate', async () => {
  await live([step(write('alpha/p_1.csv', ['k'], [['1']]), write('alpha/q_1.csv', ['k'], [['1']]))], 'row');
});

function step(...changes: Change[]): Step {
  return { changes, running: {} };
}

function write(name: string, columns: readonly string[], records: readonly string[][]): Change {
  const to = places.findIndex(({ source, path }) => `${source}/${path}` === name);
  return { change: 'write', to, draft: { columns, records, broken: false }, when: 'next' };
}
