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

/**
 * The same candidates, but the files of each new table change places among themselves until they stand in path order:
 * the first one decides what the table is, and that must not depend on the order in which files are taken.
 */
export function newTablesByPath(
  candidates: readonly Candidate[],
  newTables: ReadonlySet<string>,
): Candidate[] {
  const tableOf = (candidate: Candidate) => candidate.rule.rule.table;
  const waiting = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const table = tableOf(candidate);
    const files = waiting.get(table);
    if (files) files.push(candidate);
    else if (newTables.has(table)) waiting.set(table, [candidate]);
  }
  for (const files of waiting.values()) {
    files.sort((a, b) => compare(b.file.path, a.file.path) || compare(b.file.source, a.file.source));
  }
  return candidates.map((candidate) => waiting.get(tableOf(candidate))?.pop() ?? candidate);
}

export function tablesOf(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.map(({ rule }) => rule.rule.table))];
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
