import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLine, jsonText } from '../../src/report/jsonLines.ts';
import { anyFileEvent, anySummary, fileEvent, files, rows, summaryOf } from './samples.ts';

test('a summary has the keys of the contract in their order', () => {
  const { type, ...rest } = summaryOf({
    seconds: 4.2000000001,
    stages: { write: 1.3, parse: 2.1, read: 0.1 + 0.2, scan: 0.2 },
    sources: [{ rows: rows({}), files: files({ seen: 1, unchanged: 1 }), state: 'healthy', name: 'xray' }],
  });
  expect(jsonLine({ ...rest, type })).toBe(
    '{"type":"summary","runId":7,"exitCode":0,"seconds":4.2,' +
      '"files":{"seen":0,"loaded":0,"unchanged":0,"touched":0,"duplicate":0,"renamed":0,"deferred":0,"held":0,"failed":0,"vanished":0},' +
      '"rows":{"parsed":0,"inserted":0,"deduplicated":0,"rejected":0,"removed":0,"children":0},' +
      '"skipped":0,"missing":0,"bytesRead":0,"stages":{"scan":0.2,"read":0.3,"parse":2.1,"write":1.3},"cache":{"hits":0,"misses":0,"bytesSaved":0,"secondsSaved":0},' +
      '"sources":[{"name":"xray","state":"healthy","files":{"seen":1,"loaded":0,"unchanged":1,"touched":0,"duplicate":0,"renamed":0,"deferred":0,"held":0,"failed":0,"vanished":0},' +
      '"rows":{"parsed":0,"inserted":0,"deduplicated":0,"rejected":0,"removed":0,"children":0}}],"warnings":[]}',
  );
});

test('file, reject and warning events are written as they are', () => {
  expect(jsonLine(fileEvent({ table: 'lots' }))).toBe(
    '{"type":"file","source":"xray","path":"a_lot.csv","outcome":"loaded","reason":"new","size":10,"table":"lots"}',
  );
  expect(jsonLine({ type: 'warning', code: 'a', message: 'b' })).toBe(
    '{"type":"warning","code":"a","message":"b"}',
  );
});

test('a big number keeps all its digits', () => {
  expect(jsonText({ mtimeNs: 1_763_690_401_000_000_001n })).toBe('{"mtimeNs":"1763690401000000001"}');
});

test('every event is one harmless line that says the same as the event', () => {
  fc.assert(
    fc.property(fc.oneof(anySummary, anyFileEvent), (event) => {
      const line = jsonLine(event);
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      const read: unknown = JSON.parse(line);
      if (event.type === 'file') expect(read).toEqual(event);
      else expect(read).toMatchObject({ files: event.files, rows: event.rows, warnings: event.warnings });
    }),
  );
});
