import fc from 'fast-check';
import type { CsvSettings, RunSettings } from '../../../src/domain/settings.ts';
import type { Failpoint } from '../../../src/store/failpoint.ts';
import { cells, type Draft, draft } from './document.ts';

export const sourceNames = ['alpha', 'beta', 'gamma'] as const;
export type SourceName = (typeof sourceNames)[number];

/** The paths that files of a source may have. */
export const paths: Readonly<Record<SourceName, readonly string[]>> = {
  alpha: ['p_1.csv', 'q_1.csv', 'p_2.ndjson', 'sub/p_1.csv', 'r_1.tsv', 'r_2.tsv', 'q_2.csv.gz', 'p_3.json'],
  beta: ['a_1.csv', 'p_1.csv', 'q_9.csv', 'z_1.ndjson', 'z_2.csv.gz', 'z_3.csv.gz'],
  gamma: ['p_1.csv', 'q_1.csv', 'q_2.csv', 'p_2.csv', 'z_1.json'],
};

/**
 * When a file is said to have been modified. `same`: the mtime it has; `tie`: that of the write before; `fresh`: now, so
 * that the mtime proves nothing when the file is looked at.
 */
export type When = 'next' | 'past' | 'tie' | 'same' | 'fresh' | 'future';

/** `at` chooses among the files that exist, `to` among all paths (`within` the same source, if so); both by remainder. */
export type Change =
  | { readonly change: 'write'; readonly to: number; readonly draft: Draft; readonly when: When }
  | {
      readonly change: 'append';
      readonly at: number;
      readonly records: readonly string[][];
      readonly when: When;
    }
  | { readonly change: 'edit'; readonly at: number; readonly record: readonly string[]; readonly when: When }
  | { readonly change: 'cut'; readonly at: number; readonly keep: number; readonly when: When }
  | { readonly change: 'repeat'; readonly at: number; readonly line: number; readonly when: When }
  | { readonly change: 'break'; readonly at: number; readonly when: When }
  | {
      readonly change: 'overlap';
      readonly at: number;
      readonly to: number;
      readonly records: readonly string[][];
    }
  | { readonly change: 'reorder'; readonly at: number; readonly to: number; readonly when: When }
  | {
      readonly change: 'copy';
      readonly at: number;
      readonly to: number;
      readonly within: boolean;
      readonly when: When;
    }
  | { readonly change: 'rename'; readonly at: number; readonly to: number; readonly within: boolean }
  | { readonly change: 'swap'; readonly at: number; readonly with: number }
  | { readonly change: 'touch'; readonly at: number; readonly when: When }
  | { readonly change: 'delete'; readonly at: number }
  | { readonly change: 'configure'; readonly source: SourceName; readonly setting: Partial<Setting> };

/** What the config file says of a source. */
export interface Setting {
  readonly types: 'auto' | 'text' | Readonly<Record<string, 'text' | 'integer' | 'real'>>;
  readonly pathColumns: string | null;
  /** The table of its files, but for those of a rule of their own. */
  readonly table: string;
  readonly ownRule: boolean;
  readonly onDelete: 'keep' | 'remove';
  readonly dedupe: RunSettings['sources'][number]['tables'][number]['dedupe'];
}

/** How `ingest` is run after the changes. */
export interface Running {
  /** Files modified in the newest n seconds of the story. */
  readonly since: number | null;
  readonly until: number | null;
  readonly limit: number | null;
  readonly sources: readonly SourceName[];
  readonly order: RunSettings['order'];
  readonly checksum: boolean;
  readonly force: boolean;
  readonly strict: boolean;
  readonly acceptShrink: boolean;
  /** Whether a dry run goes before, which must foretell the run and change nothing. */
  readonly foretold: boolean;
  /** Events after which the run is interrupted. */
  readonly interruptAt: number | null;
  /** Who reads CSV and who writes segments: neither makes a difference. */
  readonly engine: CsvSettings['engine'];
  readonly writer: RunSettings['batchWriter'];
  /** Whether there is a parse cache, one that was just cleared, or none. */
  readonly cache: 'on' | 'off' | 'cleared';
  /** Where a run before this one is killed. */
  readonly killAt: `${Failpoint}:${number}` | null;
}

export interface Step {
  readonly changes: readonly Change[];
  /** What differs from a plain run. */
  readonly running: Partial<Running>;
}

const when: fc.Arbitrary<When> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('next' as const) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      'past' as const,
      'tie' as const,
      'same' as const,
      'fresh' as const,
      'future' as const,
    ),
  },
);
const at = fc.nat({ max: 30 });
const within = fc.integer({ max: 3, min: 0 }).map((n) => n > 0);
const records = fc.array(cells, { minLength: 1, maxLength: 3 });

function change<K extends Change['change'], F>(
  name: K,
  fields: { [P in keyof F]: fc.Arbitrary<F[P]> },
): fc.Arbitrary<{ change: K } & F> {
  return fc.record({ change: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<{ change: K } & F>;
}

const fileChanges: fc.WeightedArbitrary<Change>[] = [
  { weight: 8, arbitrary: change('write', { to: at, draft, when }) },
  { weight: 3, arbitrary: change('append', { at, records, when }) },
  { weight: 2, arbitrary: change('edit', { at, record: cells, when }) },
  { weight: 2, arbitrary: change('cut', { at, keep: fc.nat({ max: 3 }), when }) },
  { weight: 2, arbitrary: change('repeat', { at, line: fc.nat({ max: 4 }), when }) },
  { weight: 1, arbitrary: change('break', { at, when }) },
  { weight: 3, arbitrary: change('overlap', { at, to: at, records }) },
  { weight: 1, arbitrary: change('reorder', { at, to: at, when }) },
  { weight: 4, arbitrary: change('copy', { at, to: at, within, when }) },
  { weight: 5, arbitrary: change('rename', { at, to: at, within }) },
  { weight: 2, arbitrary: change('swap', { at, with: at }) },
  { weight: 2, arbitrary: change('touch', { at, when }) },
  { weight: 2, arbitrary: change('delete', { at }) },
];

function settingChange(dedupes: readonly Setting['dedupe'][]): fc.Arbitrary<Change> {
  const setting = fc.oneof(
    fc.record({ types: fc.constantFrom<Setting['types']>('auto', 'text', { k: 'text' }, { a: 'integer' }) }),
    fc.record({ pathColumns: fc.constantFrom(null, '**/{lot}_*') }),
    fc.record({ table: fc.constantFrom('shared', 'other') }),
    fc.record({ ownRule: fc.boolean() }),
    fc.record({ onDelete: fc.constantFrom('keep' as const, 'remove' as const) }),
    fc.record({ dedupe: fc.constantFrom(...dedupes) }),
  );
  return change('configure', { source: fc.constantFrom(...sourceNames), setting });
}

/** A value that is mostly `usual`. */
function rarely<T, U>(usual: U, arbitrary: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | U> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary },
  );
}

const killPlaces = fc
  .tuple(
    fc.constantFrom<Failpoint>(
      'after-attach',
      'after-remove',
      'after-admit',
      'after-place',
      'before-commit',
      'after-commit',
      'before-finish',
    ),
    fc.integer({ min: 1, max: 6 }),
  )
  .map(([name, nth]): Running['killAt'] => `${name}:${nth}`);

export const plainly: Running = {
  since: null,
  until: null,
  limit: null,
  sources: [],
  order: 'newest',
  checksum: false,
  force: false,
  strict: false,
  acceptShrink: false,
  foretold: false,
  engine: 'auto',
  writer: 'pages',
  cache: 'on',
  interruptAt: null,
  killAt: null,
};

function running(killed: boolean): fc.Arbitrary<Partial<Running>> {
  const all = fc.record({
    since: rarely(null, fc.nat({ max: 20 }), 10),
    until: rarely(null, fc.nat({ max: 20 }), 20),
    limit: rarely(null, fc.integer({ min: 1, max: 3 }), 8),
    sources: rarely([], fc.subarray([...sourceNames], { minLength: 1, maxLength: 2 }), 8),
    order: rarely('newest', fc.constantFrom('oldest', 'smallest', 'largest', 'path'), 4),
    checksum: rarely(false, fc.constant(true), 10),
    force: rarely(false, fc.constant(true), 12),
    strict: rarely(false, fc.constant(true), 15),
    acceptShrink: rarely(false, fc.constant(true), 2),
    foretold: rarely(false, fc.constant(true), 6),
    engine: rarely('auto', fc.constant('csv-parse'), 2),
    writer: rarely('pages', fc.constant('binds'), 3),
    cache: rarely('on', fc.constantFrom('off', 'cleared'), 3),
    interruptAt: rarely(null, fc.nat({ max: 8 }), 15),
    killAt: killed ? rarely(null, killPlaces, 4) : fc.constant(null),
  });
  return all.map((values) => {
    const unusual = Object.entries(values).filter(
      ([key, value]) => String(value) !== String(plainly[key as keyof Running]),
    );
    return Object.fromEntries(unusual);
  });
}

/** Histories: changes to files and settings, a run after each few. */
export function histories(dedupes: readonly Setting['dedupe'][], killed: boolean): fc.Arbitrary<Step[]> {
  const changes = fc.oneof(...fileChanges, { weight: 3, arbitrary: settingChange(dedupes) });
  const step = (most: number) =>
    fc.record({ changes: fc.array(changes, { minLength: 1, maxLength: most }), running: running(killed) });
  const later = fc.array(step(4), { maxLength: killed ? 5 : 9 });
  return fc.tuple(beginnings(running(killed)), later).map(([first, steps]) => [first, ...steps]);
}

/** A first step that fills the sources. */
function beginnings(how: fc.Arbitrary<Partial<Running>>): fc.Arbitrary<Step> {
  const write = change('write', { to: at, draft, when });
  const copy = change('copy', { at, to: at, within, when });
  const changes = fc.array(fc.oneof({ weight: 3, arbitrary: write }, { weight: 1, arbitrary: copy }), {
    minLength: 1,
    maxLength: 12,
  });
  return fc.record({ changes, running: how });
}
