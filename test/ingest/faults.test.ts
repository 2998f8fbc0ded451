import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import {
  type Fault,
  FaultySystem,
  faultNames,
  type Operation,
  operations,
  type Plan,
} from './faultySystem.ts';

const root = mkdtempSync(join(tmpdir(), 'ingest-faults-'));
const share = join(root, 'share');
const template = join(root, 'template.db');
const hour = 3_600_000;
/** Calls of each operation in a run without faults over the same state. */
let healthyCounts: Record<Operation, number>;

function write(path: string, lots: readonly string[], hoursAgo: number): void {
  const target = join(share, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `lot\n${lots.join('\n')}\n`);
  const when = new Date(Date.now() - hoursAgo * hour);
  utimesSync(target, when, when);
}

async function ingest(
  db: string,
  system: FaultySystem,
  flags: Record<string, string> = {},
): Promise<Summary> {
  const given = { db, workers: '0', ...flags };
  const { run: settings } = await resolveSettings(given, [share], {}, root, new Date());
  // A busy machine must not look like a share that hangs.
  const ms = system.plan?.fault === 'hang' ? 50 : 15_000;
  const deadlines = { metadata: ms, read: ms, file: 60_000 };
  const sources = settings.sources.map((source) => ({ ...source, deadlines }));
  return run({ ...settings, sources }, () => {}, new AbortController().signal, system);
}

/** What each file says, by path, as the database has it. */
function stored(db: string): Map<string, string[]> {
  const connection = new Database(db, { readonly: true });
  try {
    const rows = connection
      .prepare(
        `SELECT f.path, f.status, f.missing_scans AS missing, s.lot FROM _ingest_files f LEFT JOIN share s ON s._file_id = f.file_id
         ORDER BY f.path, s.lot`,
      )
      .all() as { path: string; status: string; missing: number; lot: string | null }[];
    const files = new Map<string, string[]>();
    for (const { path, status, missing, lot } of rows) {
      const lots = files.get(path) ?? [`${status}${missing > 0 ? ' missing' : ''}`];
      files.set(path, lot === null ? lots : [...lots, lot]);
    }
    return files;
  } finally {
    connection.close();
  }
}

const before: Readonly<Record<string, string[]>> = {
  'a/1.csv': ['loaded', 'a1'],
  'a/2.csv': ['loaded', 'a2'],
  'b/1.csv': ['loaded', 'b1', 'b2', 'b3'],
  'top.csv': ['loaded', 't'],
};
const after: Readonly<Record<string, string[]>> = {
  ...before,
  'b/1.csv': ['loaded', 'b1', 'b2', 'x'],
  'a/new.csv': ['loaded', 'n1'],
  'c/new.csv': ['loaded', 'n2'],
  'new.csv': ['loaded', 'n3'],
};

beforeAll(async () => {
  for (const [path, [, ...lots]] of Object.entries(before)) write(path, lots, 5);
  await ingest(template, new FaultySystem(share));
  for (const [path, [, ...lots]] of Object.entries(after)) {
    if (before[path] !== after[path]) write(path, lots, 4);
  }
  const system = new FaultySystem(share);
  const db = copyOf('healthy');
  await ingest(db, system);
  healthyCounts = { ...system.counts };
  expect(Object.fromEntries(stored(db))).toEqual(after);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function copyOf(name: string): string {
  const db = join(root, `${name}.db`);
  copyFileSync(template, db);
  return db;
}

const places = ['first', 'middle', 'last'] as const;

function planOf(operation: Operation, fault: Fault, place: (typeof places)[number], forGood: boolean): Plan {
  const calls = Math.max(1, healthyCounts[operation]);
  const from = { first: 0, middle: Math.floor(calls / 2), last: calls - 1 }[place];
  return { operation, fault, from, to: forGood ? Number.POSITIVE_INFINITY : from };
}

/** Every file is as it was or as it is on the share; nothing of it is half. Only ENOENT says that one is gone. */
function expectWhole(db: string, fault: Fault): void {
  for (const [path, [status, ...lots]] of stored(db)) {
    const versions = [before[path], after[path]].map((version) => version?.slice(1));
    const whole = fault === 'ENOENT' ? ['loaded', 'loaded missing'] : ['loaded'];
    if (whole.includes(status ?? '')) expect(versions).toContainEqual(lots);
    else
      expect([path, status, lots]).toEqual([
        path,
        expect.stringMatching(/^(failed|deferred)$/),
        before[path]?.slice(1) ?? [],
      ]);
  }
}

describe.each(operations)('when %s', (operation) => {
  describe.each(faultNames)('meets %s', (fault) => {
    test.each(
      places.flatMap(
        (place) =>
          [
            [place, 'once'],
            [place, 'for good'],
          ] as const,
      ),
    )(
      'at its %s call, %s, the run ends, adds up and leaves the rest to a healthy one',
      async (place, duration) => {
        const db = copyOf(`${operation}-${fault}-${place}-${duration}`.replaceAll(' ', '-'));
        const plan = planOf(operation, fault, place, duration === 'for good');
        const { exitCode } = await ingest(db, new FaultySystem(share, plan));
        expect([0, 3, 4]).toContain(exitCode);
        expectWhole(db, fault);
        const healthy = await ingest(db, new FaultySystem(share));
        expect({ exitCode: healthy.exitCode, seen: healthy.files.seen }).toEqual({ exitCode: 0, seen: 7 });
        expect(Object.fromEntries(stored(db))).toEqual(after);
        rmSync(db);
      },
    );
  });
});

test('a look that fails is taken again where one file is in flight', async () => {
  const db = copyOf('one-in-flight');
  const plan = planOf('lstat', 'ESTALE', 'middle', false);
  const system = new FaultySystem(share, plan);
  expect(await ingest(db, system, { concurrency: '1' })).toMatchObject({ exitCode: 0 });
  expect(Object.fromEntries(stored(db))).toEqual(after);
  expect(system.counts.lstat).toBe(healthyCounts.lstat + 1);
});

test('a first run whose source is lost in the middle keeps what it had loaded', async () => {
  const db = join(root, 'first.db');
  const plan: Plan = { operation: 'open', fault: 'ENOTCONN', from: 3, to: Number.POSITIVE_INFINITY };
  const { exitCode, files } = await ingest(db, new FaultySystem(share, plan));
  expect([exitCode, files.loaded]).toEqual([4, 3]);
  expect([...stored(db).values()].filter(([status]) => status === 'loaded')).toHaveLength(3);
});

test('a first run whose source is lost before any file was read leaves no database', async () => {
  const db = join(root, 'none.db');
  const plan: Plan = { operation: 'open', fault: 'ENOTCONN', from: 0, to: Number.POSITIVE_INFINITY };
  const { exitCode, files } = await ingest(db, new FaultySystem(share, plan));
  expect([exitCode, files.loaded]).toEqual([4, 0]);
  expect([existsSync(db), existsSync(`${db}.lock`)]).toEqual([false, false]);
});
