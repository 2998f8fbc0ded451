import { hash } from 'node:crypto';

/**
 * The identity of the n-th equal record of one file (n >= 2), made from the identity of the first: a file's own
 * repeats are rows of their own, equal only to the n-th repeat in another file.
 */
export function nthIdentity(identity: unknown, n: unknown): Buffer {
  if (!Buffer.isBuffer(identity)) throw new TypeError('identity must be a blob');
  return hash('sha256', Buffer.concat([identity, Buffer.from(`#${n}`)]), 'buffer').subarray(0, 16);
}
