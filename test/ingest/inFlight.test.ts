import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import { run } from '../../src/ingest/run.ts';
import type { Access, ShareCalls } from '../../src/share/calls.ts';
import { CountingSystem } from './countingSystem.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A network share that takes its time to answer, and knows how much was asked of it at once. */
class BusySystem extends CountingSystem {
  readonly most = { lstat: 0, open: 0 };
  readonly #now = { lstat: 0, open: 0 };

  override calls(access: Access): ShareCalls {
    const calls = super.calls(access);
    return {
      ...calls,
      lstat: (path) => this.#slowly('lstat', () => calls.lstat(path)),
      open: (path) => this.#slowly('open', () => calls.open(path)),
    };
  }

  async #slowly<T>(call: 'lstat' | 'open', work: () => T | Promise<T>): Promise<T> {
    this.#now[call] += 1;
    this.most[call] = Math.max(this.most[call], this.#now[call]);
    try {
      await setTimeout(10);
      return await work();
    } finally {
      this.#now[call] -= 1;
    }
  }
}

test.each([
  [{}, { lstat: 64, open: 16 }],
  [{ concurrency: '1' }, { lstat: 4, open: 1 }],
  [{ concurrency: '30' }, { lstat: 120, open: 30 }],
])('over a network, with %j, so many calls are in flight at most: %j', async (flags, most) => {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-in-flight-'));
  folders.push(folder);
  const share = join(folder, 'share');
  const system = new BusySystem(share, 'network');
  write(share, 200);
  const given = { db: join(folder, 'a.db'), workers: '0', ...flags };
  const { run: settings } = await resolveSettings(given, [share], {}, folder, new Date());
  const { files } = await run(settings, () => {}, new AbortController().signal, system);
  expect(files.loaded).toBe(200);
  expect(system.most).toEqual(most);
});

function write(share: string, files: number): void {
  mkdirSync(share);
  for (let i = 0; i < files; i += 1) writeFileSync(join(share, `${i}.csv`), `n\n${i}\n`);
}
