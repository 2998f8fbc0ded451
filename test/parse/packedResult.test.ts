import { expect, test } from 'vitest';
import type { FileResult, ParcelResult } from '../../src/parse/job.ts';
import { packed, unpacked } from '../../src/parse/packed.ts';

const profile = {
  empty: 1,
  integers: 2,
  longIntegers: 3,
  decimals: 4,
  commaDecimals: 5,
  oddNumbers: 6,
  words: 7,
  oddNumber: '007',
  word: 'n/a',
};
const whole = { fingerprint: { size: 9, mtimeNs: 5n }, openedAtNs: 7n, sha256: 'ab', bytes: 9 };

function parsed(file: number, names: readonly string[]): FileResult {
  return {
    kind: 'parsed',
    part: {
      file,
      stretches: [{ firstN: 0, stored: 1, firstM: 0, childRows: 0 }],
      stored: 1,
      rejected: 0,
      preamble: 0,
      shapes: [0],
      columns: names.map((name, i) => ({ name, profile: { ...profile, integers: 10 * file + i } })),
      childRows: 0,
      children: [],
    },
    format: 'csv',
    reasons: ['because'],
    reading: { csv: null, assumed: 'csv', columns: names, constants: [], preamble: [], lists: false },
    warnings: [],
    seconds: 0.5,
    fromCache: false,
    ...whole,
  };
}

test('what a thread found in a parcel is the same on the other side of the border', () => {
  const result: ParcelResult = {
    segmentPath: '/tmp/1.segment',
    files: [
      parsed(0, ['a', 'b']),
      { kind: 'same', ...whole },
      parsed(1, []),
      parsed(2, ['c']),
      { kind: 'vanished' },
    ],
    shapes: [],
    seconds: { read: 1, parse: 2 },
    keep: null,
    used: [],
    damaged: [],
  };
  expect(unpacked(structuredClone(packed(result)))).toEqual(result);
});
