import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';

afterEach(() => vi.useRealTimers());

test('the log gets a line a minute while files are read, and none after the end', () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const progress = new Progress(false, { logger, unspoken: logger, close: () => {} });
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([]);
  const share = { source: 's', filesDone: 1, filesTotal: 2, bytesDone: 5, bytesTotal: 10, records: 3 };
  progress.hear({ type: 'progress', stage: 'load', sources: new Map([['s', share]]), inWork: new Set() });
  vi.advanceTimersByTime(180_000);
  progress.stop();
  vi.advanceTimersByTime(180_000);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: 'progress', msg: '1 of 2 files, 3 rows, 5 B in 1 min 0 s, about 1 min 0 s to go' },
    { type: 'progress', msg: '1 of 2 files, 3 rows, 5 B in 2 min 0 s, about 2 min 0 s to go' },
    { type: 'progress', msg: '1 of 2 files, 3 rows, 5 B in 3 min 0 s, about 3 min 0 s to go' },
  ]);
});
