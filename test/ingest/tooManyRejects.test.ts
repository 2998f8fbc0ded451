import { describe, expect, test } from 'vitest';
import { workdir } from '../program.ts';
import { count, fates, ingest, outcomes, records } from './fates.ts';

describe('rejects', () => {
  const broken = (good: number, bad: number) => `${records(0, good)}${'1,2,3\n'.repeat(bad)}`;

  test('a few are stored and counted, and the file is loaded: exit 3', async () => {
    const dir = workdir();
    dir.write('data/a.csv', broken(20, 2));
    const run = await ingest(dir);
    expect(run.code).toBe(3);
    expect(run.summary.rows).toMatchObject({ parsed: 22, inserted: 20, rejected: 2 });
    expect(dir.rows('SELECT line, raw FROM _ingest_rejects')).toEqual([
      { line: 22, raw: '1,2,3' },
      { line: 23, raw: '1,2,3' },
    ]);
  });

  test.each([
    ['--strict', 'failed', broken(1000, 1)],
    ['--max-rejects 3', 'loaded', broken(20, 3)],
    ['--max-rejects 3', 'failed', broken(20, 4)],
    ['--max-rejects 10%', 'loaded', broken(180, 20)],
    ['--max-rejects 10%', 'failed', broken(180, 21)],
    ['--max-rejects 1%', 'loaded', broken(15, 10)],
    ['--max-rejects 1%', 'failed', broken(15, 11)],
  ])('%s: %s', async (options, outcome, content) => {
    const dir = workdir();
    dir.write('data/a.csv', content);
    const run = await ingest(dir, ...options.split(' '));
    expect(run.code).toBe(3);
    expect(outcomes(run)).toEqual({ 'a.csv': outcome });
    if (outcome === 'failed') expect(run.summary.rows.parsed).toBe(0);
  });

  test('a file that fails keeps its old rows, and its rejects go once it is mended', async () => {
    const dir = workdir();
    dir.write('data/a.csv', records(0, 20));
    await ingest(dir);
    dir.write('data/a.csv', broken(25, 20));
    expect(outcomes(await ingest(dir))).toEqual({ 'a.csv': 'failed' });
    expect(count(dir)).toBe(20);
    expect(dir.rows('SELECT 1 FROM _ingest_rejects')).toHaveLength(20);
    dir.write('data/a.csv', records(0, 30));
    expect(fates(await ingest(dir))).toEqual({ 'a.csv': 'loaded retry' });
    expect(count(dir)).toBe(30);
    expect(dir.rows('SELECT 1 FROM _ingest_rejects')).toEqual([]);
  });
});
