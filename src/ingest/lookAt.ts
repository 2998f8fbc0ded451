import type { Fingerprint } from '../domain/file.js';
import { asFingerprint } from '../share/calls.js';
import { failureName, failureText } from '../share/failure.js';
import type { Reach } from '../share/read.js';
import { ask } from '../share/root.js';

/** What lies at a path, itself and not what it leads to. */
export type Found =
  /** `special`: a device, a socket or a named pipe. */
  | { readonly kind: 'folder' | 'link' | 'special' | 'none' }
  | { readonly kind: 'file'; readonly fingerprint: Fingerprint }
  /** It may be there, but cannot be looked at. */
  | { readonly kind: 'unknown'; readonly why: string };

export async function lookAt(path: string, reach: Reach): Promise<Found> {
  try {
    const entry = await ask(reach, 'lstat', path);
    if (entry.isSymbolicLink()) return { kind: 'link' };
    if (entry.isDirectory()) return { kind: 'folder' };
    return entry.isFile() ? { kind: 'file', fingerprint: asFingerprint(entry) } : { kind: 'special' };
  } catch (error) {
    const isGone = ['ENOENT', 'ENOTDIR'].includes(failureName(error));
    return isGone ? { kind: 'none' } : { kind: 'unknown', why: failureText(error) };
  }
}

/** Whether something is known to lie at a path. */
export function isThere({ kind }: Found): boolean {
  return kind !== 'none' && kind !== 'unknown';
}
