import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Announce, Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import { SegmentWriter } from '../../src/segment/writer.ts';
import { contentOf } from '../ingest/history/says.ts';

const files = 8;
let root: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ingest-vanishing-'));
  mkdirSync(join(root, 'share'));
  // Each run keeps what it parses in a segment of its own.
  for (let i = 0; i < files; i += 1) {
    write(`share/${i}.csv`, `lot,n\n${Array.from({ length: 30 }, (_, n) => `L${i},${n}`).join('\n')}\n`);
    expect(await load('first.db')).toMatchObject({ exitCode: 0, warnings: [] });
  }
  expect(segments()).toHaveLength(files);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

function write(path: string, content: string): void {
  writeFileSync(join(root, path), content);
  const anHourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(root, path), anHourAgo, anHourAgo);
}

async function load(db: string, share = 'share', announce: Announce = () => {}): Promise<Summary> {
  const flags = { db: join(root, db), cache: join(root, 'kept'), workers: 0, table: 'lots' };
  const { run: settings } = await resolveSettings(flags, [join(root, share)], {}, root, new Date());
  return run(settings, announce, new AbortController().signal);
}

function segments(): string[] {
  return readdirSync(join(root, 'kept')).filter((name) => name.endsWith('.segment'));
}

/** The rows of the table, in any order. */
function rowsIn(name: string): object {
  const db = new Database(join(root, name), { readonly: true });
  try {
    return contentOf(db);
  } finally {
    db.close();
  }
}

async function expectMended(vanished: number): Promise<void> {
  expect(rowsIn('second.db')).toEqual(rowsIn('first.db'));
  // What was parsed again is kept again, once all that is gone has been missed.
  expect(await load('third.db')).toMatchObject({ exitCode: 0 });
  expect(rowsIn('third.db')).toEqual(rowsIn('first.db'));
  expect(await load('fourth.db')).toMatchObject({ cache: { hits: files, misses: 0 }, warnings: [] });
  expect(vanished).toBeGreaterThan(0);
}

test('segments deleted while a run uses others are one warning, and the result is the same', async () => {
  let left = 0;
  const summary = await load('second.db', 'share', (event) => {
    if (event.type !== 'file' || left > 0) return;
    left = segments().length;
    for (const name of segments()) rmSync(join(root, 'kept', name));
  });
  const { exitCode, cache, warnings } = summary;
  expect([exitCode, warnings.map(({ code }) => code)]).toEqual([0, ['cache_damaged']]);
  expect(cache.hits + cache.misses).toBe(files);
  expect(cache.misses).toBeGreaterThan(0);
  await expectMended(left);
});

test('a segment deleted between a look at it and its first record is one warning, and the result is the same', async () => {
  cpSync(join(root, 'share'), join(root, 'copy'), { recursive: true, preserveTimestamps: true });
  const { takeOver } = SegmentWriter.prototype;
  const gone: string[] = [];
  vi.spyOn(SegmentWriter.prototype, 'takeOver').mockImplementation(function (
    this: SegmentWriter,
    path,
    ...of
  ) {
    if (gone.length < 2 && !gone.includes(path)) {
      gone.push(path);
      rmSync(path);
    }
    return takeOver.call(this, path, ...of);
  });
  const { exitCode, cache, warnings } = await load('second.db', 'copy');
  expect([exitCode, warnings.map(({ code }) => code)]).toEqual([0, ['cache_damaged']]);
  expect(cache).toMatchObject({ hits: files - 2, misses: 2 });
  await expectMended(gone.length);
});
