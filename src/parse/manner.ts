import { isAlike } from '../domain/alike.js';
import type { RecordReading } from '../domain/reading.js';

/** How a file was read. */
interface Manner {
  readonly reasons: readonly string[];
  readonly reading: RecordReading;
}

let before: Manner | null = null;

/** A manner as the very object that the file before had, if that is alike: it then crosses the thread border once. */
export function asBefore(found: Manner): Manner {
  if (before === null || !isAlike(before, found)) before = found;
  return before;
}
