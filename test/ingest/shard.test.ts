import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInShard } from '../../src/ingest/shard.ts';
import { type Workdir, workdir } from '../program.ts';

test('every file belongs to exactly one shard', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 20 }), (source, path, count) => {
      const shards = Array.from({ length: count }, (_, i) => ({ index: i + 1, count }));
      expect(shards.filter((shard) => isInShard(source, path, shard))).toHaveLength(1);
    }),
  );
});

test('shards are of like size', () => {
  const paths = Array.from({ length: 4000 }, (_, i) => `${i}.csv`);
  const size = (index: number) => paths.filter((path) => isInShard('xray', path, { index, count: 4 })).length;
  for (const index of [1, 2, 3, 4]) expect(Math.abs(size(index) - 1000)).toBeLessThan(150);
});

const names = Array.from({ length: 20 }, (_, i) => `${i}.csv`);

function share(): Workdir {
  const dir = workdir();
  names.forEach((name, i) => {
    dir.write(`share/${name}`, `k\n${i}\n`);
  });
  return dir;
}

const run = (dir: Workdir, shard: string, ...more: string[]) =>
  dir.ingest(['share', '--workers', '0', '--json', '--shard', shard, ...more]);

describe('--shard', () => {
  test('divides the files among databases, and nothing of other shards is seen or gone', async () => {
    const dir = share();
    const first = await run(dir, '1/2', '--db', 'one.db');
    const second = await run(dir, '2/2', '--db', 'two.db');
    const paths = [first, second].map(({ files }) => files.map(({ path }) => path));
    expect(paths.flat().sort()).toEqual([...names].sort());
    expect(first.summary.files.seen).toBe(paths[0]?.length);
    for (let scan = 0; scan < 3; scan += 1) {
      const { summary } = await run(dir, '1/2', '--db', 'one.db');
      expect(summary).toMatchObject({ exitCode: 0, missing: 0, skipped: 0 });
      expect(summary.files).toMatchObject({ seen: paths[0]?.length, unchanged: paths[0]?.length });
    }
  });

  test.each([
    ['1/2', '2/2'],
    ['1/2', '1/3'],
    ['1/2', '1/1'],
    ['1/1', '1/2'],
  ])('refuses a database of shard %s with %s, untouched', async (held, asked) => {
    const dir = share();
    expect((await run(dir, held)).code).toBe(0);
    const runs = () => dir.rows('SELECT * FROM _ingest_runs');
    const before = runs();
    const { code, stdout, stderr } = await run(dir, asked);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('The database holds ');
    expect(runs()).toEqual(before);
  });

  test('1/1 is all files, as without it', async () => {
    const dir = share();
    expect((await run(dir, '1/1')).summary.files.loaded).toBe(names.length);
    expect((await dir.ingest(['share', '--json'])).summary.files.unchanged).toBe(names.length);
  });

  test('a dry run claims nothing', async () => {
    const dir = share();
    expect((await run(dir, '1/2', '--dry-run')).code).toBe(0);
    expect((await run(dir, '2/2')).code).toBe(0);
  });
});
