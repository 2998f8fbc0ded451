import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProgressEvent, SourceProgress } from '../../src/domain/event.ts';
import { ProgressMeter } from '../../src/report/progress.ts';
import { displayWidth } from '../../src/report/width.ts';
import { roughText } from './samples.ts';

function progressOf(source: string, some: Partial<SourceProgress> = {}): SourceProgress {
  return { source, filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0, records: 0, ...some };
}

function loading(sources: readonly SourceProgress[], ...paths: string[]): ProgressEvent {
  const inWork = new Set(paths.map((path) => ({ source: 'xray', path, since: 0 })));
  return {
    type: 'progress',
    stage: 'load',
    sources: new Map(sources.map((one) => [one.source, one])),
    inWork,
  };
}

const half = { filesDone: 500, filesTotal: 1000, bytesDone: 1e6, bytesTotal: 4e6, records: 50_000 };

test('a scan tells how many files it has found', () => {
  const meter = new ProgressMeter();
  expect(meter.lines(0, 80)).toEqual(['looking']);
  meter.hear({ type: 'progress', stage: 'scan', source: 'xray', found: 12_500 }, 0);
  expect(meter.lines(0, 80)).toEqual(['xray: 12,500 files found']);
});

test('every source has its files, rows, bytes, rate and time left', () => {
  const meter = new ProgressMeter();
  const done = { filesDone: 2, filesTotal: 2, bytesDone: 20, bytesTotal: 20, records: 4 };
  meter.hear(loading([progressOf('xray', half), progressOf('media', done)]), 1000);
  expect(meter.lines(11_000, 80)).toEqual([
    'xray   500/1,000 files  50,000 rows  1.0 MB  5,000 rows/s  30.0 s left',
    'media      2/2 files       4 rows    20 B    0.4 rows/s         done'.replace(
      'media      2/2',
      'media        2/2',
    ),
  ]);
});

test('a file that takes more than two seconds is named', () => {
  const meter = new ProgressMeter();
  meter.hear(loading([progressOf('xray', half)], 'big\u001b.csv', 'later.csv'), 0);
  expect(meter.lines(1999, 80)).toHaveLength(1);
  expect(meter.lines(12_000, 80)[1]).toBe('reading xray/big\\x1b.csv for 12.0 s');
});

test('the sentence for the log adds all sources up', () => {
  const meter = new ProgressMeter();
  expect(meter.sentence(0)).toBeNull();
  meter.hear(loading([progressOf('xray', half), progressOf('media', half)]), 0);
  expect(meter.sentence(60_000)).toBe(
    '1,000 of 2,000 files, 100,000 rows, 2.0 MB in 1 min 0 s, about 3 min 0 s to go',
  );
});

test('no line is wider than the terminal, whatever the names', () => {
  const amount = fc.nat({ max: 1e12 });
  const source = fc.record({
    source: roughText,
    filesDone: amount,
    filesTotal: amount,
    bytesDone: amount,
    bytesTotal: amount,
    records: amount,
  });
  const some = fc.array(source, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(some, roughText, fc.integer({ min: 40, max: 200 }), fc.nat(), (sources, path, width, now) => {
      const meter = new ProgressMeter();
      meter.hear(loading(sources, path), 0);
      for (const line of meter.lines(now, width)) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});
