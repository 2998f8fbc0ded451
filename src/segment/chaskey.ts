/** Words of 32 bits in a key, a block and a tag. */
export const blockWords = 4;
const rounds = 8;

/** A key with the two that are made of it, by doubling in GF(2^128): for a last block that is full, and for one that is not. */
export interface ChaskeyKey {
  readonly key: Int32Array;
  readonly full: Int32Array;
  readonly padded: Int32Array;
}

/** The key of four words. */
export function chaskeyKey(key: Int32Array): ChaskeyKey {
  const full = doubled(key);
  return { key, full, padded: doubled(full) };
}

function doubled(key: Int32Array): Int32Array {
  const [a = 0, b = 0, c = 0, d = 0] = key;
  const carry = (d >> 31) & 0x87;
  return Int32Array.of((a << 1) ^ carry, (b << 1) | (a >>> 31), (c << 1) | (b >>> 31), (d << 1) | (c >>> 31));
}

/**
 * Chaskey, a keyed hash of 128 bits made for 32-bit arithmetic (Mouha et al., SAC 2014; ISO/IEC 29192-6), here over whole
 * words: writes the tag of the first `count` words of a message to `tag`. `words` has room for a block more.
 */
export function chaskey(
  { key, full, padded }: ChaskeyKey,
  words: Int32Array,
  count: number,
  tag: Int32Array,
): void {
  const isFull = count > 0 && count % blockWords === 0;
  const last = isFull ? full : padded;
  let end = count;
  if (!isFull) for (words[end++] = 1; end % blockWords !== 0; ) words[end++] = 0;
  let a = key[0] ?? 0;
  let b = key[1] ?? 0;
  let c = key[2] ?? 0;
  let d = key[3] ?? 0;
  for (let at = 0; at < end; at += blockWords) {
    a ^= words[at] ?? 0;
    b ^= words[at + 1] ?? 0;
    c ^= words[at + 2] ?? 0;
    d ^= words[at + 3] ?? 0;
    if (at + blockWords === end) {
      a ^= last[0] ?? 0;
      b ^= last[1] ?? 0;
      c ^= last[2] ?? 0;
      d ^= last[3] ?? 0;
    }
    for (let round = 0; round < rounds; round += 1) {
      a = (a + b) | 0;
      c = (c + d) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a << 16) | (a >>> 16);
      a = (a + d) | 0;
      c = (c + b) | 0;
      d = ((d << 13) | (d >>> 19)) ^ a;
      b = ((b << 7) | (b >>> 25)) ^ c;
      c = (c << 16) | (c >>> 16);
    }
  }
  tag[0] = a ^ (last[0] ?? 0);
  tag[1] = b ^ (last[1] ?? 0);
  tag[2] = c ^ (last[2] ?? 0);
  tag[3] = d ^ (last[3] ?? 0);
}
