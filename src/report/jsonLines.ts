import type { ProgressEvent, RunEvent, SourceSummary, Summary } from '../domain/event.js';
import { noFiles, noRows } from '../domain/event.js';
import { unprintable } from './printable.js';

/** A key keeps the place at which it is first spread, whatever comes after. */
const summaryInOrder: Summary = {
  type: 'summary',
  runId: null,
  exitCode: 0,
  seconds: 0,
  files: noFiles(),
  rows: noRows(),
  skipped: 0,
  missing: 0,
  bytesRead: 0,
  stages: { scan: 0, read: 0, parse: 0, write: 0 },
  cache: { hits: 0, misses: 0, bytesSaved: 0, secondsSaved: 0 },
  sources: [],
  warnings: [],
};

const sourceInOrder: SourceSummary = { name: '', state: 'healthy', files: noFiles(), rows: noRows() };

/**
 * An event as one line of JSON, without its line end. The keys of a summary stand in a fixed order.
 * Progress is for people only and has no line.
 */
export function jsonLine(event: Exclude<RunEvent, ProgressEvent>): string {
  return jsonText(event.type === 'summary' ? orderedSummary(event) : event);
}

/**
 * Plain data as JSON on one line. A bigint becomes a string of its digits; characters that could drive
 * a terminal are written as `\uXXXX`, so the values stay the same.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item,
  ).replace(unprintable, escaped);
}

function escaped(char: string): string {
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function orderedSummary(summary: Summary): Summary {
  const { seconds, stages } = summary;
  return {
    ...summaryInOrder,
    ...summary,
    seconds: milliseconds(seconds),
    files: { ...noFiles(), ...summary.files },
    rows: { ...noRows(), ...summary.rows },
    stages: {
      scan: milliseconds(stages.scan),
      read: milliseconds(stages.read),
      parse: milliseconds(stages.parse),
      write: milliseconds(stages.write),
    },
    sources: summary.sources.map(orderedSource),
  };
}

function orderedSource(source: SourceSummary): SourceSummary {
  const { files, rows } = source;
  return { ...sourceInOrder, ...source, files: { ...noFiles(), ...files }, rows: { ...noRows(), ...rows } };
}

/** Seconds rounded to milliseconds. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
