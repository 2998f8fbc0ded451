import { hash } from 'node:crypto';
import { identityBytes } from '../domain/segment.js';

/**
 * The identity of the n-th equal record of one file (n >= 2), made from the identity of the first: a file's own
 * repeats are rows of their own, equal only to the n-th repeat in another file.
 */
export function nthIdentity(identity: Buffer, n: number): Buffer {
  return hash('sha256', Buffer.concat([identity, Buffer.from(`#${n}`)]), 'buffer').subarray(0, identityBytes);
}
