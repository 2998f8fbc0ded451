import fc from 'fast-check';
import { test } from 'vitest';
import { live } from './history/life.ts';
import { histories, type Setting } from './history/steps.ts';

/**
 * Promise 2: after any history the database holds what a fresh run over the last good version of each known file
 * would hold. `INGEST_TEST_HISTORIES=5000` tries more of them, `INGEST_TEST_SEED` others.
 *
 * One thing is left out: rows that were made under settings that have changed since and whose file cannot be read
 * under the new ones, as it is gone or broken, stay as they are. So a history mends such files before the end.
 */
/** Milliseconds after which a slow machine has tried enough, or shrunk a counter-example enough. */
const patience = 45_000;
const asked = Number(process.env.INGEST_TEST_HISTORIES ?? 0);
const seed = Number(process.env.INGEST_TEST_SEED ?? 20_261);

test.each<{ name: string; dedupes: Setting['dedupe'][]; runs: number; killed: boolean }>([
  { name: 'rows deduplicated or not', dedupes: ['row', 'none'], runs: 90, killed: false },
  { name: 'one row for a key', dedupes: ['key'], runs: 50, killed: false },
  { name: 'a way to deduplicate that changes', dedupes: ['row', 'key', 'none'], runs: 40, killed: false },
  { name: 'runs that are killed', dedupes: ['row', 'row', 'none', 'key'], runs: 12, killed: true },
])(
  'after any history the database equals a fresh one: $name',
  { timeout: asked > 0 ? 0 : 2 * patience },
  async ({ dedupes, runs, killed }) => {
    const property = fc.asyncProperty(histories(dedupes, killed), (steps) =>
      live(steps, dedupes[0] ?? 'row'),
    );
    await fc.assert(property, {
      numRuns: asked > 0 ? asked : runs,
      seed,
      endOnFailure: killed,
      ...(asked > 0 ? {} : { interruptAfterTimeLimit: patience }),
    });
  },
);
