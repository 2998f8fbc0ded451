import { expect, test } from 'vitest';
import { chaskey, chaskeyKey } from '../../src/segment/chaskey.ts';

/** The designers' test vectors for messages 00 01 02 …, as far as they are of whole words. */
const vectors: [bytes: number, tag: string][] = [
  [0, '792e8fe5 75ce87aa 2d1450b5 1191970b'],
  [4, '30b2d171 e38532fb 16707c16 73ed45f0'],
  [8, '09330f69 62b5dce0 a4fba462 f20d3c12'],
  [12, 'fc2c3391 285c8cd5 456508ee c789e206'],
  [16, '79271ca9 d66a1c71 81ca474e 49831cad'],
];

test.each(vectors)('the tag of %i bytes is that of the published vectors', (bytes, expected) => {
  const key = chaskeyKey(Int32Array.of(0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39));
  const words = new Int32Array(16).fill(-1);
  for (let i = 0; i < bytes / 4; i += 1) words[i] = 0x03020100 + 0x04040404 * i;
  const tag = new Int32Array(4);
  chaskey(key, words, bytes / 4, tag);
  expect([...tag].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ')).toBe(expected);
});
