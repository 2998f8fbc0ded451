import { renameSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { wrongsOf } from '../faults/soundness.ts';
import { type Run, type Workdir, workdir } from '../program.ts';
import { count, records, statuses } from './fates.ts';

describe('deleted', () => {
  function folderOfThree(dir: Workdir, onDelete: string): void {
    const source = { name: 'data', root: 'data', onDelete };
    dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
    for (let i = 0; i < 3; i++) dir.write(`data/${i}.csv`, records(i * 10, 5));
  }

  async function configured(dir: Workdir, ...args: string[]): Promise<Run> {
    const run = await dir.ingest(['--json', ...args]);
    expect(wrongsOf(dir.db)).toEqual([]);
    return run;
  }

  test('after two complete scans missing; its rows stay; it comes back unchanged', async () => {
    const dir = workdir();
    folderOfThree(dir, 'keep');
    await configured(dir);
    renameSync(dir.path('data/0.csv'), dir.path('away.csv'));
    expect((await configured(dir)).summary.missing).toBe(0);
    expect((await configured(dir, '--source', 'data', '--limit', '9')).summary.files.seen).toBe(2);
    await configured(dir);
    expect(statuses(dir)['0.csv']).toBe('missing');
    expect(count(dir)).toBe(15);
    expect((await configured(dir)).code).toBe(0);
    renameSync(dir.path('away.csv'), dir.path('data/0.csv'));
    expect((await configured(dir)).summary.files.unchanged).toBe(3);
    expect(statuses(dir)['0.csv']).toBe('loaded');
  });

  test('with onDelete "remove" its rows go, but for those that another file holds', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    dir.write('data/overlap.csv', records(0, 2));
    await configured(dir);
    rmSync(dir.path('data/0.csv'));
    expect((await configured(dir)).summary.rows.removed).toBe(0);
    const run = await configured(dir);
    expect(run.summary).toMatchObject({ missing: 1, rows: { removed: 3 } });
    expect(count(dir)).toBe(12);
  });

  test('with onDelete "remove" said later, the rows of files that are gone by then go, too', async () => {
    const dir = workdir();
    folderOfThree(dir, 'keep');
    dir.write('data/copy.csv', records(10, 5));
    await configured(dir);
    for (const name of ['0', '1']) rmSync(dir.path(`data/${name}.csv`));
    for (const _ of [1, 2]) await configured(dir);
    expect(count(dir)).toBe(15);
    dir.write(
      'ingest.config.json',
      JSON.stringify({ sources: [{ name: 'data', root: 'data', onDelete: 'remove' }] }),
    );
    const run = await configured(dir);
    expect(run.summary).toMatchObject({ missing: 0, rows: { removed: 5 } });
    expect([count(dir), statuses(dir)['copy.csv']]).toEqual([10, 'loaded']);
    expect((await configured(dir)).summary.rows.removed).toBe(0);
  });

  test.each([
    ['dedupe', { dedupe: 'key', key: ['id'] }],
    ['redact', { redact: { value: ['email'] } }],
  ])('a warning names files that keep rows which today\'s "%s" did not make', async (_, more) => {
    const dir = workdir();
    folderOfThree(dir, 'keep');
    await configured(dir);
    rmSync(dir.path('data/0.csv'));
    for (const _ of [1, 2]) expect((await configured(dir)).summary.warnings).toEqual([]);
    dir.write('data/1.csv', records(10, 1));
    expect((await configured(dir)).summary.files.held).toBe(1);
    const source = { name: 'data', root: 'data', ...more };
    dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
    const { summary } = await configured(dir);
    expect(summary.warnings.map(({ code, message }) => [code, message])).toEqual([
      ['outdated_rows', expect.stringMatching(/^Source data: 1\.csv and 1 more could not be loaded again/)],
    ]);
    const remove = { sources: [{ ...source, onDelete: 'remove' }] };
    dir.write('ingest.config.json', JSON.stringify(remove));
    expect((await configured(dir, '--accept-shrink')).summary.warnings).toEqual([]);
  });

  test('so does the run in which such a file fails, is held, or is not found for the first time', async () => {
    const dir = workdir();
    folderOfThree(dir, 'keep');
    for (const name of ['3', '4']) dir.write(`data/${name}.csv`, records(5, Number(name) * 100));
    await configured(dir);
    rmSync(dir.path('data/0.csv'));
    dir.write('data/1.csv', records(10, 1));
    dir.write('data/2.csv', Buffer.alloc(9));
    const source = { name: 'data', root: 'data', redact: { value: ['email'] } };
    dir.write('ingest.config.json', JSON.stringify({ sources: [source] }));
    for (const _ of [1, 2, 3]) {
      const { summary } = await configured(dir);
      expect(summary.files).toMatchObject({ failed: 1, held: 1 });
      const [message = ''] = summary.warnings.flatMap(({ code, message }) =>
        code === 'outdated_rows' ? [message] : [],
      );
      expect(message).toMatch(/^Source data: \d\.csv and 2 more could not be loaded again/);
    }
  });

  test('a removed file that comes back is loaded again', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    await configured(dir);
    renameSync(dir.path('data/0.csv'), dir.path('away.csv'));
    for (const _ of [1, 2]) await configured(dir);
    expect(count(dir)).toBe(10);
    renameSync(dir.path('away.csv'), dir.path('data/0.csv'));
    expect((await configured(dir)).summary.files.loaded).toBe(1);
    expect(count(dir)).toBe(15);
    expect(statuses(dir)['0.csv']).toBe('loaded');
  });

  test('a source that lost more than half of its files is not believed until --accept-shrink', async () => {
    const dir = workdir();
    folderOfThree(dir, 'remove');
    await configured(dir);
    for (const i of [0, 1]) rmSync(dir.path(`data/${i}.csv`));
    for (const _ of [1, 2, 3]) {
      const run = await configured(dir);
      expect(run.code).toBe(4);
      expect(run.summary.warnings[0]?.hint).toContain('--accept-shrink');
    }
    expect(statuses(dir)).toEqual({ '0.csv': 'loaded', '1.csv': 'loaded', '2.csv': 'loaded' });
    for (const _ of [1, 2]) expect((await configured(dir, '--accept-shrink')).code).toBe(0);
    expect(statuses(dir)).toEqual({ '0.csv': 'missing', '1.csv': 'missing', '2.csv': 'loaded' });
    expect((await configured(dir)).code).toBe(0);
  });
});
