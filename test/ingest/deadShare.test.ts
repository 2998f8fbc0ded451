import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { resolveSettings } from '../../src/config/settings.ts';
import type { Summary } from '../../src/domain/event.ts';
import { run } from '../../src/ingest/run.ts';
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
  const { run: settings } = resolveSettings(given, [share], {}, root, new Date());
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
