import {
  type BigIntStats,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
import type { Access, ShareCalls } from '../../src/share/calls.ts';
import type { Mount } from '../../src/share/filesystem.ts';
import { type Fault, FaultySystem } from './faultySystem.ts';

interface Place {
  readonly root: string;
  readonly share: string;
}

/** A share of so many files, an hour old, in two folders. */
function shareOf(files: number): Place {
  const root = mkdtempSync(join(tmpdir(), 'ingest-dead-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const share = join(root, 'share');
  const anHourAgo = new Date(Date.now() - 3_600_000);
  for (let i = 0; i < files; i += 1) {
    const path = join(share, `d${i % 2}`, `${i}.csv`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `lot\n${i}\n`);
    utimesSync(path, anHourAgo, anHourAgo);
  }
  return { root, share };
}

async function ingest({ root, share }: Place, system: FaultySystem, ms = 15_000): Promise<Summary> {
  const given = { db: join(root, 'plant.db'), workers: '0' };
  const { run: settings } = await resolveSettings(given, [share], {}, root, new Date());
  const deadlines = { metadata: ms, read: ms, file: 60_000 };
  const sources = settings.sources.map((source) => ({ ...source, deadlines }));
  return run({ ...settings, sources }, () => {}, new AbortController().signal, system);
}

describe('a share that shows its files and lets none be read', () => {
  test.each([
    ['hang', 'read'],
    ['hang', 'open'],
    ['EIO', 'read'],
    ['ESTALE', 'open'],
  ] as const)('but answers with %s to each %s is left after a few tries', async (fault: Fault, operation) => {
    const place = shareOf(400);
    const always = { operation, fault, from: 0, to: Number.POSITIVE_INFINITY };
    const system = new FaultySystem(place.share, always);
    const { exitCode, files, sources } = await ingest(place, system, fault === 'hang' ? 500 : 15_000);
    expect([exitCode, sources[0]?.state]).toEqual([4, 'unreachable']);
    expect(files).toMatchObject({ seen: 400, loaded: 0, deferred: 400 - files.failed });
    // In each of four rounds sixteen at once, and four more until five have failed; each tried five times at most.
    expect(system.counts.open).toBeLessThanOrEqual(4 * (16 + 4) * 5);
    expect(files.failed).toBeLessThanOrEqual(4 * 16);
    expect((await ingest(place, new FaultySystem(place.share))).files.loaded).toBe(400);
  });
});

describe('a folder on the local disk with a share mounted below it', () => {
  class Above extends FaultySystem {
    override mounts(): Mount[] {
      return super
        .mounts()
        .map((mount) =>
          mount.mountPoint === this.share ? { ...mount, mountPoint: join(this.share, 'd1') } : mount,
        );
    }
  }

  test('is not taken for a share that is not mounted', async () => {
    const place = shareOf(4);
    expect((await ingest(place, new Above(place.share))).files.loaded).toBe(4);
    const { exitCode, files } = await ingest(place, new Above(place.share));
    expect([exitCode, files.unchanged]).toEqual([0, 4]);
  });
});

describe('files that a share hides for a moment, as when it is mounted again under the same number,', () => {
  test('are read when they are back', async () => {
    const place = shareOf(40);
    const away = new FaultySystem(place.share, { operation: 'open', fault: 'ENOENT', from: 3, to: 30 });
    const { exitCode, files } = await ingest(place, away);
    expect([exitCode, files.loaded, files.vanished]).toEqual([0, 40, 0]);
  });

  test('are not on their way to be missing', async () => {
    const place = shareOf(40);
    await ingest(place, new FaultySystem(place.share));
    for (let i = 0; i < 3; i += 1) {
      const away = new FaultySystem(place.share, { operation: 'lstat', fault: 'ENOENT', from: 3, to: 12 });
      const { exitCode, missing } = await ingest(place, away);
      expect([exitCode, missing]).toEqual([0, 0]);
    }
  });

  test('fail, one by one, when they are there and can never be opened', async () => {
    const place = shareOf(40);
    const away = new FaultySystem(place.share, { operation: 'open', fault: 'ENOENT', from: 0, to: Infinity });
    const { exitCode, files } = await ingest(place, away);
    expect([exitCode, files.loaded, files.vanished]).toEqual([3, 0, 0]);
  });
});

describe('files of the same names in the folder of the mount point', () => {
  /**
   * A share that is away for some calls of one kind, so that they reach the folder which it hides, and then is mounted
   * again under the same numbers.
   */
  class Remounted extends FaultySystem {
    readonly below: string;
    asked = 0;

    constructor(
      place: Place,
      readonly operation: 'lstat' | 'open',
      readonly from: number,
      readonly to: number,
    ) {
      super(place.share);
      this.below = join(place.root, 'below');
    }

    override calls(access: Access): ShareCalls {
      const calls = super.calls(access);
      return {
        ...calls,
        stat: async (path) => this.#onShare(path, await calls.stat(path)),
        lstat: async (path) => {
          const away = this.#isAway('lstat', path);
          return away ? calls.lstat(this.#hidden(path)) : this.#onShare(path, await calls.lstat(path));
        },
        open: async (path) => {
          if (this.#isAway('open', path)) return calls.open(this.#hidden(path));
          const file = await calls.open(path);
          return { ...file, stat: async () => ({ ...(await file.stat()), device: 50n }) };
        },
      };
    }

    #isAway(operation: string, path: string): boolean {
      if (operation !== this.operation || !path.endsWith('.csv')) return false;
      this.asked += 1;
      return this.asked > this.from && this.asked <= this.to;
    }

    #hidden(path: string): string {
      return path.replace(this.share, this.below);
    }

    #onShare(path: string, entry: BigIntStats): BigIntStats {
      return path.startsWith(this.share) ? Object.assign(entry, { dev: 50n }) : entry;
    }
  }

  /** A share, and below it files that differ from its own in nothing but what they say. */
  function shadowed(files: number): Place {
    const place = shareOf(files);
    for (let i = 0; i < files; i += 1) {
      const path = join(`d${i % 2}`, `${i}.csv`);
      const { atime, mtime, size } = statSync(join(place.share, path));
      const hidden = join(place.root, 'below', path);
      mkdirSync(dirname(hidden), { recursive: true });
      writeFileSync(hidden, `lot\n${'9'.repeat(size - 5)}\n`);
      utimesSync(hidden, atime, mtime);
    }
    return place;
  }

  function lots({ root }: Place): unknown[] {
    const db = new Database(join(root, 'plant.db'), { readonly: true });
    try {
      return db.prepare('SELECT lot FROM share ORDER BY lot').pluck().all();
    } finally {
      db.close();
    }
  }

  test.each([
    ['open', 3, 15],
    ['open', 0, 1],
    ['open', 39, 40],
    ['lstat', 3, 12],
    ['lstat', 0, 1],
  ] as const)(
    'are never taken for those of the share: away for each %s from %i to %i',
    async (operation, from, to) => {
      const place = shadowed(40);
      const system = new Remounted(place, operation, from, to);
      const { exitCode, files } = await ingest(place, system);
      expect(system.asked).toBeGreaterThan(40);
      expect([exitCode, files.loaded, files.vanished]).toEqual([0, 40, 0]);
      expect(lots(place)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    },
  );

  test('are no files of a share that stays away', async () => {
    const place = shadowed(40);
    const { exitCode, files } = await ingest(
      place,
      new Remounted(place, 'open', 10, Number.POSITIVE_INFINITY),
    );
    expect([exitCode, files.loaded + files.deferred]).toEqual([4, 40]);
    expect(files.loaded).toBeLessThanOrEqual(10);
    expect(lots(place)).not.toContain(99);
  });
});

test('files read before the device at the mount point got another number are read again', async () => {
  class Other extends FaultySystem {
    override mounts(): Mount[] {
      const device = this.counts.open > 10 ? '0:51' : '0:50';
      return super.mounts().map((mount) => (mount.type === 'cifs' ? { ...mount, device } : mount));
    }
  }
  const place = shareOf(40);
  const system = new Other(place.share);
  const { exitCode, files } = await ingest(place, system);
  expect([exitCode, files.loaded]).toEqual([0, 40]);
  expect(system.counts.open).toBeGreaterThan(40);
});
