import { expect, test } from 'vitest';
import { withNamed } from '../../src/report/commandLine.ts';

const named = { db: 'e.db', config: 'my plant.json', cache: '/c' };

test.each([
  ['ingest rejects shows them', "ingest rejects --db e.db --config 'my plant.json' shows them"],
  ['`ingest status` shows it', "`ingest status --db e.db --config 'my plant.json'` shows it"],
  [
    'ingest --clear-cache empties it',
    "ingest --db e.db --config 'my plant.json' --cache /c --clear-cache empties it",
  ],
  ['mend it, then ingest', "mend it, then ingest --db e.db --config 'my plant.json' --cache /c"],
  ['ingest --help names the options', 'ingest --help names the options'],
  ['the user that runs ingest may read it', 'the user that runs ingest may read it'],
  ['no table ingest runs-2', 'no table ingest runs-2'],
])('%s', (text, expected) => {
  expect(withNamed(text, named)).toBe(expected);
});

test('nothing is added where nothing was said', () => {
  expect(withNamed('ingest rejects')).toBe('ingest rejects');
});

test.each([
  ["it's.db", "'it'\\''s.db'"],
  ['-odd.db', "'-odd.db'"],
  ['$HOME/é.db', "'$HOME/é.db'"],
])('a shell reads %s as it was written', (db, written) => {
  expect(withNamed('ingest status', { db })).toBe(`ingest status --db ${written}`);
});
