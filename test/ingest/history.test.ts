import fc from 'fast-check';
import { test, vi } from 'vitest';
import type { Connection } from '../../src/store/database.ts';
import { live } from './history/life.ts';
import { histories, type Setting } from './history/steps.ts';

/** Rows that stand in memory before the lookup table takes them; undefined: as many as usual. */
const { memory } = vi.hoisted(() => ({ memory: { rows: undefined as number | undefined } }));

vi.mock('../../src/store/identities.ts', async (importActual) => {
  const { Identities } = await importActual<typeof import('../../src/store/identities.ts')>();
  class Limited extends Identities {
    constructor(db: Connection) {
      super(db, memory.rows);
    }
  }
  return { Identities: Limited };
});

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

interface Kind {
  readonly name: string;
  readonly dedupes: Setting['dedupe'][];
  readonly runs: number;
  readonly killed?: true;
  readonly rows?: number;
}

test.each<Kind>([
  { name: 'rows deduplicated or not', dedupes: ['row', 'none'], runs: 60 },
  { name: 'more rows than stand in memory', dedupes: ['row', 'row', 'key'], runs: 40, rows: 5 },
  { name: 'one row for a key', dedupes: ['key'], runs: 50 },
  { name: 'a way to deduplicate that changes', dedupes: ['row', 'key', 'none'], runs: 40 },
  { name: 'runs that are killed', dedupes: ['row', 'row', 'none', 'key'], runs: 12, killed: true, rows: 5 },
])(
  'after any history the database equals a fresh one: $name',
  { timeout: asked > 0 ? 0 : 2 * patience },
  async ({ dedupes, runs, killed = false, rows }) => {
    memory.rows = rows;
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
