import { expect } from 'vitest';
import { wrongsOf } from '../faults/soundness.ts';
import type { Run, Workdir } from '../program.ts';

export const day = 86_400_000;

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * day);
}

/** A CSV with the records `from … from + count - 1`. */
export function records(from: number, count: number): string {
  const lines = ['id,value'];
  for (let i = from; i < from + count; i++) lines.push(`${i},${i}.5`);
  return `${lines.join('\n')}\n`;
}

/** Runs over the folder `data`, checks that the database is whole. */
export async function ingest(dir: Workdir, ...args: string[]): Promise<Run> {
  const run = await dir.ingest(['data', '--json', ...args]);
  expect(wrongsOf(dir.db), run.stderr).toEqual([]);
  return run;
}

/** What became of each file of a run, but for the unchanged. */
export function fates(run: Run): Record<string, string> {
  return Object.fromEntries(run.files.map((file) => [file.path, `${file.outcome} ${file.reason}`]));
}

export function outcomes(run: Run): Record<string, string> {
  return Object.fromEntries(run.files.map((file) => [file.path, file.outcome]));
}

export function statuses(dir: Workdir): Record<string, string> {
  const entries = dir.rows<{ path: string; status: string }>('SELECT path, status FROM _ingest_files');
  return Object.fromEntries(entries.map(({ path, status }) => [path, status]));
}

export function count(dir: Workdir): number {
  return dir.rows<{ n: number }>('SELECT count(*) AS n FROM data')[0]?.n ?? -1;
}
