import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import { smallFileBytes } from '../../src/parse/job.ts';
import type { Access } from '../../src/share/calls.ts';
import { CountingSystem, type Counts } from './countingSystem.ts';

/** Every statement that was run, with the path of its database. */
const statements = vi.hoisted((): { path: string; sql: string }[] => []);

vi.mock('better-sqlite3', async (importActual) => {
  const { default: real } = await importActual<{ default: typeof Database }>();
  const construct = (target: typeof Database, [path, options]: [string, Database.Options]) => {
    const verbose = (sql: unknown) => statements.push({ path, sql: String(sql) });
    return new target(path, { ...options, verbose });
  };
  return { default: new Proxy(real, { construct }) };
});

/** What one run over a share cost. */
interface Cost extends Counts {
  readonly summary: Summary;
  /** On the database itself. */
  readonly statements: number;
  readonly transactions: number;
  /** On the directory of the parse cache. */
  readonly cacheStatements: number;
  /** On segments. */
  readonly segmentStatements: number;
}

interface Share {
  readonly files: number;
  readonly bytes: number;
  /** Gives all files other rows, as long as those they have. */
  rewrite(): void;
  run(db: string): Promise<Cost>;
}

const folders = 2;
const hourMs = 3_600_000;

/** A share of files of `rows` rows in two folders. */
function shareOf(files: number, rows: number, kind: Access = 'local', packed = false): Share {
  const root = mkdtempSync(join(tmpdir(), 'ingest-costs-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const share = join(root, 'share');
  const write = (first: number, hoursAgo: number) => {
    let bytes = 0;
    for (let file = 0; file < files; file++) {
      const folder = join(share, String(file % folders));
      mkdirSync(folder, { recursive: true });
      const text = Buffer.from(csv(first + file * rows, rows));
      const content = packed ? gzipSync(text, { level: 0 }) : text;
      const path = join(folder, packed ? `${file}.csv.gz` : `${file}.csv`);
      writeFileSync(path, content);
      const written = new Date(Date.now() - hoursAgo * hourMs);
      utimesSync(path, written, written);
      bytes += content.length;
    }
    return bytes;
  };
  const bytes = write(1_000_000, 2);
  const cache = join(root, 'kept.cache');
  const rewrite = () => void write(2_000_000, 1);
  return { files, bytes, rewrite, run: (db) => costOf(share, join(root, db), cache, kind) };
}

function csv(first: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `${first + i},lot ${i % 7},"a, ${i % 3}"`);
  return `serial,lot,remark\n${lines.join('\n')}\n`;
}

async function costOf(share: string, db: string, cache: string, kind: Access): Promise<Cost> {
  const system = new CountingSystem(share, kind);
  const { run: settings } = await resolveSettings(
    { db, cache, workers: '0' },
    [share],
    {},
    share,
    new Date(),
  );
  statements.length = 0;
  const summary = await run(settings, () => {}, new AbortController().signal, system);
  expect(summary.exitCode).toBe(0);
  const on = (isOne: (path: string) => boolean) => statements.filter(({ path }) => isOne(path));
  const own = on((path) => path === db);
  return {
    ...system.counts,
    summary,
    statements: own.length,
    transactions: own.filter(({ sql }) => /^(BEGIN|SAVEPOINT)/.test(sql)).length,
    cacheStatements: on((path) => path.startsWith(cache) && !path.endsWith('.segment')).length,
    segmentStatements: on((path) => path.endsWith('.segment')).length,
  };
}

/** What a run may cost at most: so much once, and so much for each file. */
type Bounds = Readonly<
  Partial<Record<keyof Omit<Cost, 'summary'>, readonly [once: number, perFile: number]>>
>;

function expectWithin(cost: Cost, files: number, bounds: Bounds): void {
  const over = Object.entries(bounds).flatMap(([what, [once, perFile]]) => {
    const found = cost[what as keyof Bounds];
    const most = once + perFile * files;
    return found > most ? [`${what}: ${found}, at most ${once} + ${perFile} × ${files}`] : [];
  });
  expect(over).toEqual([]);
}

/** Of finding the files: one look at each, and each folder listed once, the root among them. */
const scan: Bounds = {
  realpath: [1, 0],
  stat: [2 + folders, 0],
  lstat: [0, 1],
  readdir: [1 + folders, 0],
  probe: [0, 0],
};
const nothingRead: Bounds = { open: [0, 0], fstat: [0, 0], read: [0, 0], close: [0, 0], bytes: [0, 0] };

/** Files and rows in each: a cost for every file shows in the first, one for every row in the second. */
const sizes = [
  [200, 5],
  [10, 500],
] as const;

describe.each(['local', 'network'] as const)('on a %s file system', (kind) => {
  describe.each(sizes)('%i files of %i rows cost no more than allowed', (files, rows) => {
    const share = () => shareOf(files, rows, kind);

    test('when they are new', async () => {
      const { bytes, run } = share();
      const cost = await run('a.db');
      expect(cost.summary.rows.inserted).toBe(files * rows);
      expect(cost.bytes).toBe(bytes);
      const looks = kind === 'local' ? 2 : 1;
      expectWithin(cost, files, {
        ...scan,
        ...{ open: [0, 1], fstat: [0, looks], read: [0, 1], close: [0, 1] },
        ...{ transactions: [14, 0], statements: [111, 9] },
        ...{ cacheStatements: [60, 5], segmentStatements: [0, 0] },
      });
    });

    test('when nothing is new', async () => {
      const { run } = share();
      await run('a.db');
      const cost = await run('a.db');
      expect(cost.summary.files.unchanged).toBe(files);
      expectWithin(cost, files, {
        ...scan,
        ...nothingRead,
        ...{ transactions: [12, 0], statements: [60, 1], cacheStatements: [0, 0], segmentStatements: [0, 0] },
      });
    });

    test('when a database is made again from the cache', async () => {
      const { run } = share();
      await run('a.db');
      const cost = await run('b.db');
      expect(cost.summary.cache.hits).toBe(files);
      expect(cost.summary.rows.inserted).toBe(files * rows);
      expectWithin(cost, files, {
        ...scan,
        ...nothingRead,
        ...{ transactions: [14, 0], statements: [111, 9] },
        ...{ cacheStatements: [50, 1], segmentStatements: [1, 1] },
      });
    });
  });
});

test('small packed files are opened once and read once, also where others of their sizes were read before', async () => {
  const files = 20;
  const { bytes, run, rewrite } = shareOf(files, 10, 'network', true);
  await run('a.db');
  rewrite();
  const cost = await run('a.db');
  expect(cost.summary.files.loaded).toBe(files);
  expect(cost.bytes).toBe(bytes);
  expectWithin(cost, files, { ...scan, open: [0, 1], fstat: [0, 1], read: [0, 1], close: [0, 1] });
});

test('a large file is opened once and read once, in large pieces, and stored by many rows at a time', async () => {
  const rows = 450_000;
  const { bytes, run } = shareOf(1, rows);
  expect(bytes).toBeGreaterThan(smallFileBytes);
  const cost = await run('a.db');
  expect(cost.summary.rows.inserted).toBe(rows);
  expect(cost.bytes).toBe(bytes);
  const pieces = Math.ceil(bytes / 65_536) + 1;
  expectWithin(cost, 1, {
    ...{ lstat: [0, 1], open: [0, 1], read: [pieces, 0], transactions: [14, 0] },
    statements: [200 + rows / 200, 0],
  });
});
