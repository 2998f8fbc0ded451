import type { Order } from '../domain/settings.js';
import type { Candidate } from './candidate.js';

const comparisons: { readonly [O in Order]: (a: Candidate, b: Candidate) => number } = {
  newest: (a, b) => compare(b.file.mtimeNs, a.file.mtimeNs),
  oldest: (a, b) => compare(a.file.mtimeNs, b.file.mtimeNs),
  smallest: (a, b) => a.file.size - b.file.size,
  largest: (a, b) => b.file.size - a.file.size,
  path: () => 0,
};

/**
 * Candidates in the order in which they are taken, equal ones by path. Sources that set an order of their own are
 * taken one after the other, otherwise the order is over all of them.
 */
export function inOrder(candidates: readonly Candidate[], order: Order): Candidate[] {
  const own = candidates.some(({ source }) => source.settings.order !== null);
  const places = new Map<string, number>();
  for (const { source } of candidates) if (!places.has(source.name)) places.set(source.name, places.size);
  const placeOf = (candidate: Candidate) => places.get(candidate.source.name) ?? 0;
  return [...candidates].sort((a, b) => {
    const bySource = own ? placeOf(a) - placeOf(b) : 0;
    const chosen = comparisons[own ? (a.source.settings.order ?? order) : order];
    return bySource || chosen(a, b) || compare(a.file.path, b.file.path);
  });
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
