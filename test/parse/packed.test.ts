import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IngestError } from '../../src/domain/errors.ts';
import type { RecordSink } from '../../src/format/record.ts';
import { nothingLearnt } from '../../src/format/sampled.ts';
import { decoderFor } from '../../src/parse/decode.ts';
import { unsaid } from '../format/sample.ts';
import { workdir } from '../program.ts';

const lines = Array.from({ length: 400 }, (_, i) => `${i},${(i * 7919) % 1000}\n`);
const plain = Buffer.from(`k,a\n${lines.join('')}`);
const packed = gzipSync(plain);

/** Records of a file that comes in pieces, or the code of what is wrong with it. */
async function read(name: string, bytes: Buffer, piece: number): Promise<number | string> {
  let count = 0;
  const sink: RecordSink = {
    preamble: () => {},
    columns: () => {},
    childColumns: () => {},
    records: (batch) => {
      count += batch.length;
      return new Map();
    },
    ownCells: 0,
    block: (cells) => {
      count += cells.records;
      return new Map();
    },
    reject: () => {},
    warn: () => {},
  };
  const job = { absolutePath: `/share/${name}`, parse: unsaid, batchRows: 1000 };
  const decoder = decoderFor(job, nothingLearnt, sink);
  try {
    let at = 0;
    for (; bytes.length - at > piece; at += piece) await decoder.push(bytes.subarray(at, at + piece));
    await decoder.end(bytes.subarray(at));
    return count;
  } catch (error) {
    if (error instanceof IngestError) return error.code;
    throw error;
  }
}

const zeros = (length: number) => Buffer.alloc(length);
const cases: [what: string, name: string, bytes: Buffer, comesTo: number | string][] = [
  ['one member', 'a.csv.gz', packed, 400],
  ['two members', 'a.csv.gz', Buffer.concat([packed, gzipSync('9,9\n')]), 401],
  ['zeros behind the last member', 'a.csv.gz', Buffer.concat([packed, zeros(5)]), 400],
  ['many zeros behind it', 'a.csv.gz', Buffer.concat([packed, zeros(70_000)]), 400],
  ['text behind it', 'a.csv.gz', Buffer.concat([packed, Buffer.from('more')]), 'encoding'],
  ['text behind zeros', 'a.csv.gz', Buffer.concat([packed, zeros(9), Buffer.from('more')]), 'encoding'],
  ['its end cut off', 'a.csv.gz', packed.subarray(0, -1), 'encoding'],
  ['nothing but half of the magic number', 'a.csv.gz', packed.subarray(0, 1), 'encoding'],
  ['nothing', 'a.csv.gz', zeros(0), 'encoding'],
  ['text that is not packed', 'a.csv.gz', plain, 400],
  ['a member, by another name', 'a.csv', packed, 400],
];

describe('a file by the name of a packed one, or that is one, with', () => {
  test.each(cases)('%s', async (_, name, bytes, comesTo) => {
    for (const piece of [1, 2, 1000, bytes.length + 1]) expect(await read(name, bytes, piece)).toBe(comesTo);
  });

  test('any fault in its bytes is read as gzip reads it, or told', async () => {
    const fault = fc.record({
      at: fc.nat({ max: packed.length - 1 }),
      bit: fc.nat({ max: 7 }),
      piece: fc.integer({ min: 1, max: packed.length }),
    });
    await fc.assert(
      fc.asyncProperty(fault, async ({ at, bit, piece }) => {
        const bytes = Buffer.from(packed);
        bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << bit), at);
        let whole = false;
        try {
          whole = gunzipSync(bytes).equals(plain);
        } catch {
          // It is damaged.
        }
        const found = await read('a.csv.gz', bytes, piece);
        if (whole) expect(found).toBe(400);
        else expect(found).not.toBe(400);
      }),
      { numRuns: 300 },
    );
  });
});

test('a damaged packed file fails, and the others are loaded', async () => {
  const dir = workdir();
  const damaged = Buffer.from(packed);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 5) ^ 1, damaged.length - 5);
  dir.write('data/damaged.csv.gz', damaged);
  dir.write('data/whole.csv', 'k,a\n1,2\n');
  for (const workers of ['0', '2']) {
    const { code, summary } = await dir.ingest(['data', '--json', '--force', '--workers', workers]);
    expect([code, summary.files]).toEqual([3, expect.objectContaining({ loaded: 1, failed: 1 })]);
  }
});
