import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ParseCache, type ReadPlace } from '../../src/cache/cache.ts';
import { CacheReader } from '../../src/cache/contents.ts';
import { cacheStats, clearCache } from '../../src/cache/stats.ts';

const roomy = 1e12;
const day = 86_400_000;
const settings = 'as-csv';

interface Bench {
  readonly root: string;
  readonly folder: string;
  readonly cache: ParseCache;
  /** Keeps a segment of that many bytes with one content, and remembers its place. */
  keep(content: string, bytes?: number, maxBytes?: number): void;
  /** Whether the content is found, by its place and by itself. */
  has(content: string): boolean;
  segments(): string[];
}

function bench(): Bench {
  const root = mkdtempSync(join(tmpdir(), 'ingest-cache-'));
  const folder = join(root, 'cache');
  const cache = ParseCache.open(folder);
  onTestFinished(() => {
    cache.close();
    rmSync(root, { recursive: true });
  });
  return {
    root,
    folder,
    cache,
    keep(content, bytes = 1000, maxBytes = roomy) {
      const path = join(root, 'new');
      writeFileSync(path, content.padEnd(bytes, '.'));
      cache.keep(
        { path, sha256: `of ${content}`, contents: [{ sha256: content, settings, file: 3 }] },
        maxBytes,
      );
      cache.note([placeOf(content)]);
    },
    has: (content) => cache.place(placeOf(content).path, placeOf(content), settings) !== null,
    segments: () => readdirSync(folder).filter((name) => name.endsWith('.segment')),
  };
}

function placeOf(content: string): ReadPlace {
  return { path: `/share/${content}`, size: 10, mtimeNs: 20n, lookedAtNs: 30n, sha256: content, settings };
}

function end(cache: ParseCache, bounds: { maxBytes?: number; ttlMs?: number }): number {
  return [...cache.clean({ maxBytes: roomy, ttlMs: 90 * day, ...bounds })].length;
}

/** Passes time for the clock alone. */
function later(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
  onTestFinished(() => void vi.useRealTimers());
}

describe('what is kept', () => {
  test('is found by its place and by its content, with the segment moved into the folder', () => {
    const { cache, keep, folder, segments, root } = bench();
    keep('a', 5000);
    const [name = ''] = segments();
    const content = { segmentPath: join(folder, name), segmentSha256: 'of a', file: 3 };
    expect(cache.place('/share/a', placeOf('a'), settings)).toEqual({
      sha256: 'a',
      lookedAtNs: 30n,
      content,
    });
    const reader = CacheReader.open(folder);
    expect(reader?.content({ sha256: 'a', settings })).toEqual(content);
    reader?.close();
    expect(statSync(join(folder, name)).size).toBe(5000);
    expect(existsSync(join(root, 'new'))).toBe(false);
  });

  test.each([
    ['another path', { path: '/share/b' }],
    ['another size', { size: 11 }],
    ['another mtime, by a nanosecond', { mtimeNs: 21n }],
  ])('is not found for %s', (_, other) => {
    const { cache, keep } = bench();
    keep('a');
    const asked = { ...placeOf('a'), ...other };
    expect(cache.place(asked.path, asked, settings)).toBeNull();
  });

  test('is not found under other settings', () => {
    const { cache, keep, folder } = bench();
    keep('a');
    expect(cache.place('/share/a', placeOf('a'), 'as-json')).toBeNull();
    const reader = CacheReader.open(folder);
    expect(reader?.content({ sha256: 'a', settings: 'as-json' })).toBeNull();
    reader?.close();
  });

  test('survives that the cache is closed, which leaves no log behind', () => {
    const { cache, keep, folder, segments } = bench();
    keep('a');
    cache.close();
    expect(readdirSync(folder).sort()).toEqual(['ingest-cache.db', ...segments()]);
    const again = ParseCache.open(folder);
    expect(again.place('/share/a', placeOf('a'), settings)).not.toBeNull();
    again.close();
  });

  test('anew takes the place of the old, whose segment goes at the end of the run', () => {
    const { cache, keep, has, segments } = bench();
    keep('a');
    keep('a');
    expect(segments()).toHaveLength(2);
    end(cache, {});
    expect(segments()).toHaveLength(1);
    expect(has('a')).toBe(true);
  });

  test('is not remembered by a place when it was not kept', () => {
    const { cache } = bench();
    cache.note([placeOf('a')]);
    expect(cache.place('/share/a', placeOf('a'), settings)).toBeNull();
  });

  test('is gone once it is dropped, with all its places', () => {
    const { cache, keep, has, folder, segments } = bench();
    keep('a');
    cache.note([{ ...placeOf('a'), path: '/share/copy' }]);
    cache.drop(join(folder, segments()[0] ?? ''));
    expect(has('a')).toBe(false);
    expect(segments()).toEqual([]);
    end(cache, {});
    const db = new Database(join(folder, 'ingest-cache.db'), { readonly: true });
    for (const table of ['places', 'contents'])
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
    db.close();
  });
});

describe('the bounds', () => {
  test('of size drop what was not used for longest first, a segment a step', () => {
    const { cache, keep, has, folder } = bench();
    for (const name of ['a', 'b', 'c', 'd']) {
      later(1000);
      keep(name, 100_000);
    }
    later(1000);
    const a = cache.place('/share/a', placeOf('a'), settings);
    cache.use([a?.content.segmentPath ?? '']);
    const steps = end(cache, { maxBytes: 290_000 });
    expect([has('a'), has('b'), has('c'), has('d')]).toEqual([true, false, false, true]);
    expect(steps).toBeGreaterThanOrEqual(2);
    expect(cacheStats(folder)).toMatchObject({ evictions: 2, entries: 2, segments: 2 });
  });

  test('of age drop what was not used for that long, and leave what is younger', () => {
    const { cache, keep, has } = bench();
    keep('old');
    later(60 * day);
    keep('young');
    later(31 * day);
    end(cache, { ttlMs: 90 * day });
    expect([has('old'), has('young')]).toEqual([false, true]);
  });

  test('hold during a run, in which what it had use for itself is not given up for more', () => {
    const { folder, cache, keep, segments } = bench();
    keep('of-last-run', 100_000);
    cache.close();
    later(1000);
    const next = ParseCache.open(folder);
    onTestFinished(() => next.close());
    const path = join(folder, '..', 'new');
    for (const name of ['a', 'b', 'c']) {
      later(1000);
      writeFileSync(path, name.padEnd(100_000));
      next.keep({ path, sha256: name, contents: [{ sha256: name, settings, file: 0 }] }, 250_000);
    }
    const stats = cacheStats(folder);
    expect(stats).toMatchObject({ entries: 2, evictions: 1 });
    expect(segments()).toHaveLength(2);
  });

  test('give the space of the directory back to the disk', () => {
    const { cache, folder } = bench();
    const path = join(folder, '..', 'new');
    const contents = Array.from({ length: 5000 }, (_, file) => ({
      sha256: `${file}`.padEnd(64),
      settings,
      file,
    }));
    writeFileSync(path, 'x');
    cache.keep({ path, sha256: 'x', contents }, roomy);
    cache.close();
    const before = statSync(join(folder, 'ingest-cache.db')).size;
    const next = ParseCache.open(folder);
    end(next, { maxBytes: 0 });
    next.close();
    expect(statSync(join(folder, 'ingest-cache.db')).size).toBeLessThan(before / 4);
  });
});

describe('what is in the folder', () => {
  test('and is no longer known is swept, but nothing that the cache did not make', () => {
    const { cache, keep, folder, has, segments } = bench();
    keep('a');
    const others = ['mine.segment', 'ingest-1.segment', 'notes.txt', 'ingest.db', '.hidden'];
    for (const name of [...others, 'ingest-abc-12-3.segment']) writeFileSync(join(folder, name), name);
    end(cache, {});
    expect(has('a')).toBe(true);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(others));
    expect(segments()).not.toContain('ingest-abc-12-3.segment');
  });

  test('goes with clearing, but nothing that the cache did not make', () => {
    const { keep, folder, cache } = bench();
    keep('a', 7000);
    cache.close();
    writeFileSync(join(folder, 'mine.segment'), 'x');
    const cleared = clearCache(folder);
    expect(cleared.entries).toBe(1);
    expect(cleared.bytes).toBeGreaterThan(7000);
    expect(readdirSync(folder)).toEqual(['mine.segment']);
  });

  test.each(['notes.txt', 'mine.segment', 'a.csv'])(
    'and is not of a cache, as %s, keeps it from being one',
    (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'ingest-cache-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, name), 'mine');
      expect(() => ParseCache.open(folder)).toThrow(/not empty, and not a cache: /);
      expect(readdirSync(folder)).toEqual([name]);
    },
  );

  test('may be hidden files and what a new disk has', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ingest-cache-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'lost+found'));
    writeFileSync(join(folder, '.keep'), '');
    ParseCache.open(folder).close();
    expect(readdirSync(folder)).toContain('ingest-cache.db');
  });

  test('is emptied when an older version made it, and refused when a newer one did', () => {
    const { keep, folder, cache, segments } = bench();
    keep('a');
    cache.close();
    setVersion(folder, 0);
    expect(ParseCache.forReading(folder)).toBeNull();
    expect(cacheStats(folder)).toBeNull();
    const anew = ParseCache.open(folder);
    expect(anew.place('/share/a', placeOf('a'), settings)).toBeNull();
    end(anew, {});
    anew.close();
    expect(segments()).toEqual([]);
    setVersion(folder, 99);
    const before = readFileSync(join(folder, 'ingest-cache.db'));
    expect(() => ParseCache.open(folder)).toThrow('newer version');
    expect(() => ParseCache.forReading(folder)).toThrow('newer version');
    expect(CacheReader.open(folder)).toBeNull();
    expect(readFileSync(join(folder, 'ingest-cache.db')).equals(before)).toBe(true);
  });
});

test.each([
  ['path', "'/share/b'"],
  ['size', '11'],
  ['mtime_ns', '21'],
  ['looked_at_ns', '31'],
  ['sha256', "'b'"],
  ['proof', "'0'"],
])('a place whose %s was damaged is none', (column, value) => {
  const { cache, keep, folder } = bench();
  keep('a');
  keep('b');
  const db = new Database(join(folder, 'ingest-cache.db'));
  db.prepare('DELETE FROM places WHERE path = ?').run('/share/b');
  db.prepare(`UPDATE places SET ${column} = ${value}`).run();
  db.close();
  const asked = [
    placeOf('a'),
    placeOf('b'),
    { ...placeOf('a'), size: 11 },
    { ...placeOf('a'), mtimeNs: 21n },
  ];
  expect(asked.map((place) => cache.place(place.path, place, settings))).toEqual([null, null, null, null]);
});

test('a segment whose name was damaged is none, and no file outside of the folder is touched', () => {
  const { cache, keep, has, folder, root } = bench();
  keep('a');
  writeFileSync(join(root, 'mine'), 'x');
  const db = new Database(join(folder, 'ingest-cache.db'));
  db.prepare("UPDATE segments SET name = '../mine'").run();
  db.close();
  expect(has('a')).toBe(false);
  end(cache, { maxBytes: 0 });
  expect(existsSync(join(root, 'mine'))).toBe(true);
});

test('the figures add up over runs, and those of the last one stand alone', () => {
  const { cache, folder } = bench();
  cache.count({ hits: 1, misses: 9, bytesSaved: 10, secondsSaved: 0.5 });
  cache.count({ hits: 8, misses: 2, bytesSaved: 80, secondsSaved: 4 });
  expect(cacheStats(folder)).toMatchObject({
    hits: 9,
    misses: 11,
    lastHits: 8,
    lastMisses: 2,
    bytesSaved: 90,
    secondsSaved: 4.5,
  });
});

test('ages are told by the day', () => {
  const { keep, folder } = bench();
  keep('a', 1000);
  keep('b', 2000);
  later(3 * day + 1000);
  keep('c', 4000);
  expect(cacheStats(folder)?.ages).toEqual([
    { days: 0, segments: 1, bytes: 4000 },
    { days: 3, segments: 2, bytes: 3000 },
  ]);
});

function setVersion(folder: string, version: number): void {
  const db = new Database(join(folder, 'ingest-cache.db'));
  db.pragma(`user_version = ${version}`);
  db.close();
}
