import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
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
  /** Until a look at a file is answered. */
  ms = 10;
  readonly #now = { lstat: 0, open: 0 };

  override calls(access: Access): ShareCalls {
    const calls = super.calls(access);
    return {
      ...calls,
      lstat: (path) => this.#slowly('lstat', this.ms, () => calls.lstat(path)),
      open: (path) => this.#slowly('open', 10, () => calls.open(path)),
    };
  }

  async #slowly<T>(call: 'lstat' | 'open', ms: number, work: () => T | Promise<T>): Promise<T> {
    this.#now[call] += 1;
    this.most[call] = Math.max(this.most[call], this.#now[call]);
    try {
      await setTimeout(ms);
      return await work();
    } finally {
      this.#now[call] -= 1;
    }
  }
}

test.each([
  [200, {}, { lstat: 64, open: 16 }],
  [20, { concurrency: '1' }, { lstat: 4, open: 1 }],
  [300, { concurrency: '20' }, { lstat: 80, open: 20 }],
])(
  'over a network, of %i files and with %j, so many calls are in flight at most: %j',
  async (count, flags, most) => {
    expect(await mostInFlight(count, 10, flags)).toEqual(most);
  },
);

test('a server that answers late gets no more requests at a time than files', async () => {
  expect(await mostInFlight(8, 1100, { concurrency: '4' })).toMatchObject({ lstat: 4 });
});

/** How much was asked at once of a share that takes `ms` to answer. */
async function mostInFlight(
  count: number,
  ms: number,
  flags: Record<string, string>,
): Promise<BusySystem['most']> {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-in-flight-'));
  folders.push(folder);
  const share = join(folder, 'share');
  const system = new BusySystem(share, 'network');
  system.ms = ms;
  write(share, count);
  const given = { db: join(folder, 'a.db'), workers: '0', ...flags };
  const { run: settings } = await resolveSettings(given, [share], {}, folder, new Date());
  const { files } = await run(settings, () => {}, new AbortController().signal, system);
  expect(files.loaded).toBe(count);
  return system.most;
}

function write(share: string, files: number): void {
  mkdirSync(share);
  const anHourAgo = Date.now() / 1000 - 3600;
  for (let i = 0; i < files; i += 1) {
    const path = join(share, `${i}.csv`);
    writeFileSync(path, `n\n${i}\n`);
    // Young files would be looked at again.
    utimesSync(path, anHourAgo, anHourAgo);
  }
}
