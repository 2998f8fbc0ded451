import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { ExitCode } from '../../src/domain/errors.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import { random } from '../faults/workload.ts';
import { contentOf } from '../ingest/history/says.ts';

/** `INGEST_TEST_DAMAGE=1000` tries more of it, `INGEST_TEST_SEED` other damage. */
const trials = Number(process.env.INGEST_TEST_DAMAGE ?? 30);
const firstSeed = Number(process.env.INGEST_TEST_SEED ?? 1);
const pageBytes = 4096;

const root = mkdtempSync(join(tmpdir(), 'ingest-damage-'));
const share = join(root, 'share');
const template = join(root, 'template');
let expected: object;
let files: number;

beforeAll(async () => {
  for (let i = 0; i < 30; i++) write(`${i}.csv`, csv(i));
  write('broken.csv', `${csv(99)}1,2\n"x"y,3,4\n`);
  write(
    'nested.json',
    JSON.stringify([
      { k: 1, parts: [{ pin: 1 }, { pin: 2 }] },
      { k: 2, parts: [{ pin: 3 }] },
    ]),
  );
  const first = await ingest('first.db', template);
  expect(first).toMatchObject({ cache: { hits: 0 }, warnings: [] });
  files = first.files.loaded;
  expected = contentIn('first.db');
  // Until it has the damage it is whole, and all comes from it.
  const whole = await ingest('whole.db', template);
  expect(whole).toMatchObject({ cache: { hits: files, misses: 0 }, bytesRead: 0, warnings: [] });
  expect(contentIn('whole.db')).toEqual(expected);
}, 60_000);

afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, content: string): void {
  const path = join(share, name.endsWith('.json') ? 'json' : 'csv', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const anHourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, anHourAgo, anHourAgo);
}

function csv(seed: number): string {
  const next = random(seed);
  const rows = Array.from(
    { length: 20 },
    (_, i) => `L${seed}-${i},${(next() * 9).toFixed(2)},"a, ${next()}"`,
  );
  return `lot,void_pct,remark\n${rows.join('\n')}\n`;
}

/** Several parcels, and so several segments. */
async function ingest(db: string, cache: string): Promise<Summary> {
  const flags = { db: join(root, db), cache, workers: 0, maxRejects: '10' };
  const roots = [join(share, 'csv'), join(share, 'json')];
  const { run: settings } = await resolveSettings(flags, roots, {}, root, new Date());
  return run(settings, () => {}, new AbortController().signal);
}

function contentIn(name: string): object {
  const db = new Database(join(root, name), { readonly: true });
  try {
    const rejects = db
      .prepare('SELECT line, byte_offset, code, raw FROM _ingest_rejects ORDER BY line')
      .all();
    return { ...contentOf(db), rejects };
  } finally {
    db.close();
  }
}

const kinds = ['flip', 'flips', 'truncate', 'zero', 'garbage', 'remove', 'all'] as const;

/** Damages a cache in a way that follows from the seed; returns what was done to which file. */
function damage(folder: string, seed: number): string {
  const next = random(seed * 7919);
  for (let i = 0; i < 5; i++) next();
  const kind = kinds[Math.floor(next() * kinds.length)] ?? 'flip';
  const names = readdirSync(folder).sort();
  const name = names[Math.floor(next() * names.length)] ?? '';
  const path = join(folder, name);
  const { size } = statSync(path);
  if (kind === 'all') rmSync(folder, { recursive: true });
  else if (kind === 'remove') rmSync(path);
  else if (kind === 'truncate') truncateSync(path, Math.floor(next() * size));
  else if (kind === 'zero')
    overwrite(path, Math.floor((next() * size) / pageBytes) * pageBytes, Buffer.alloc(pageBytes));
  else if (kind === 'garbage')
    overwrite(path, Math.floor(next() * size), Buffer.from('not a database', 'latin1'));
  else
    for (let i = 0; i < (kind === 'flip' ? 1 : 200); i++)
      flip(path, Math.floor(next() * size), 1 + Math.floor(next() * 255));
  return `${kind} of ${name.replace(/^ingest-.*segment$/, 'a segment')}`;
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

function flip(path: string, at: number, by: number): void {
  const byte = readFileSync(path)[at] ?? 0;
  overwrite(path, at, Buffer.from([byte ^ by]));
}

test(`${trials} trials of damage: never a wrong row, never another exit code`, { timeout: 0 }, async () => {
  const { exitCode } = await ingest('plain.db', join(root, 'plain'));
  expect(exitCode).toBe(ExitCode.partial);
  for (let seed = firstSeed; seed < firstSeed + trials; seed++) {
    const folder = join(root, `cache-${seed}`);
    cpSync(template, folder, { recursive: true });
    const what = `seed ${seed}: ${damage(folder, seed)}`;
    const summary = await ingest(`${seed}.db`, folder);
    expect(summary.exitCode, what).toBe(exitCode);
    expect(summary.warnings.length, what).toBeLessThanOrEqual(1);
    expect(summary.cache.hits + summary.cache.misses, what).toBe(files);
    expect(contentIn(`${seed}.db`), what).toEqual(expected);
    // And the cache mends itself, where it can be told from one of a newer version.
    if (!/newer/.test(JSON.stringify(summary.warnings))) {
      const after = [await ingest(`${seed}-2.db`, folder), await ingest(`${seed}-3.db`, folder)].at(-1);
      expect([after?.warnings, after?.cache.hits, contentIn(`${seed}-3.db`)], what).toEqual([
        [],
        files,
        expected,
      ]);
    }
    for (const name of readdirSync(root).filter((name) => name.startsWith(`${seed}`)))
      rmSync(join(root, name), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
  }
});
