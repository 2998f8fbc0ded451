import { expect, test } from 'vitest';
import type { Order } from '../../src/domain/settings.ts';
import type { Candidate } from '../../src/ingest/candidate.ts';
import { inOrder } from '../../src/ingest/order.ts';

/** What the order looks at of a candidate. */
function candidate(
  path: string,
  size: number,
  mtimeNs: bigint,
  source = 's',
  order: Order | null = null,
): Candidate {
  const parts = { file: { source, path, size, mtimeNs }, source: { name: source, settings: { order } } };
  return parts as unknown as Candidate;
}

function pathsOf(candidates: readonly Candidate[]): string[] {
  return candidates.map(({ file }) => file.path);
}

const files = [
  candidate('b', 3, 20n),
  candidate('a', 2, 10n),
  candidate('d', 1, 10n),
  candidate('c', 3, 30n),
];

test.each<{ order: Order; paths: string[] }>([
  { order: 'newest', paths: ['c', 'b', 'a', 'd'] },
  { order: 'oldest', paths: ['a', 'd', 'b', 'c'] },
  { order: 'smallest', paths: ['d', 'a', 'b', 'c'] },
  { order: 'largest', paths: ['b', 'c', 'a', 'd'] },
  { order: 'path', paths: ['a', 'b', 'c', 'd'] },
])('$order first, equal ones by path', ({ order, paths }) => {
  expect(pathsOf(inOrder(files, order))).toEqual(paths);
});

test('mtimes are compared to the nanosecond', () => {
  const close = [
    candidate('a', 1, 1_700_000_000_000_000_001n),
    candidate('b', 1, 1_700_000_000_000_000_002n),
  ];
  expect(pathsOf(inOrder(close, 'newest'))).toEqual(['b', 'a']);
});

test('one order goes over the files of all sources', () => {
  const mixed = [candidate('a', 1, 1n, 's'), candidate('b', 1, 3n, 't'), candidate('c', 1, 2n, 's')];
  expect(pathsOf(inOrder(mixed, 'newest'))).toEqual(['b', 'c', 'a']);
});

test('sources are taken one after the other when one of them has an order of its own', () => {
  const mixed = [
    candidate('a', 1, 1n, 's', 'smallest'),
    candidate('b', 1, 1n, 't'),
    candidate('c', 0, 2n, 's', 'smallest'),
    candidate('d', 1, 3n, 't'),
  ];
  expect(pathsOf(inOrder(mixed, 'newest'))).toEqual(['c', 'a', 'd', 'b']);
});

test('the given list stays as it is', () => {
  const given = [...files];
  inOrder(given, 'newest');
  expect(given).toEqual(files);
});
