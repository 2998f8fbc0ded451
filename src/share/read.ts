import { closeSync, fstatSync, lstatSync, openSync, promises, readSync } from 'node:fs';
import type { Fingerprint } from '../domain/file.js';

/** What was learnt about a file while it was read to its end. */
export interface ReadReport {
  /** Its fingerprint before the first byte and after the last; they differ if it was being written. */
  readonly before: Fingerprint;
  readonly after: Fingerprint;
  readonly bytes: number;
  /** When it was opened, in nanoseconds since 1970 by this machine's clock. */
  readonly openedAtNs: bigint;
  /** Seconds spent in the file system. */
  readonly seconds: number;
}

/** How a file is opened: synchronously from a local disk, asynchronously from a network share. */
export type Access = 'local' | 'network';

interface OpenFile {
  stat(): Promise<Fingerprint> | Fingerprint;
  /** Returns the number of bytes, 0 at the end. */
  read(into: Buffer): Promise<number> | number;
  close(): Promise<void> | void;
}

/** Bytes per read of a large file. */
const chunkBytes = 1024 * 1024;

/**
 * Reads a file once, from start to end; `take` gets each chunk (valid only during the call) and what the file's
 * size was before. Throws what the system throws.
 */
export async function readOnce(
  path: string,
  access: Access,
  take: (chunk: Buffer, before: Fingerprint) => Promise<void> | void,
): Promise<ReadReport> {
  let seconds = 0;
  const openedAtNs = BigInt(Date.now()) * 1_000_000n;
  const timed = async <T>(work: () => Promise<T> | T): Promise<T> => {
    const started = performance.now();
    const result = work();
    const value = result instanceof Promise ? await result : result;
    seconds += (performance.now() - started) / 1000;
    return value;
  };
  const file = await timed(() => (access === 'local' ? openLocal(path) : openRemote(path)));
  try {
    const before = await timed(() => file.stat());
    // One byte more than the file should have: a full buffer says that it has grown.
    const buffer = Buffer.allocUnsafe(Math.min(before.size + 1, chunkBytes));
    let bytes = 0;
    for (;;) {
      const length = await timed(() => file.read(buffer));
      bytes += length;
      if (length > 0) await take(buffer.subarray(0, length), before);
      if (length === 0 || (bytes === before.size && length < buffer.length)) break;
    }
    const after = await timed(() => file.stat());
    return { before, after, bytes, openedAtNs, seconds };
  } finally {
    await file.close();
  }
}

function openLocal(path: string): OpenFile {
  const fd = openSync(path, 'r');
  return {
    stat: () => asFingerprint(fstatSync(fd, { bigint: true })),
    read: (into) => readSync(fd, into, 0, into.length, null),
    close: () => closeSync(fd),
  };
}

async function openRemote(path: string): Promise<OpenFile> {
  const handle = await promises.open(path, 'r');
  return {
    stat: async () => asFingerprint(await handle.stat({ bigint: true })),
    read: async (into) => (await handle.read(into, 0, into.length, null)).bytesRead,
    close: () => handle.close(),
  };
}

/** The fingerprint of the file at a path now, or null when it cannot be looked at. */
export function fingerprintOf(path: string): Fingerprint | null {
  try {
    return asFingerprint(lstatSync(path, { bigint: true }));
  } catch {
    return null;
  }
}

/** What of a `stat` makes a fingerprint; a time beyond 64 bits (before 1677, after 2262) is the last within. */
export function asFingerprint(stat: { size: bigint; mtimeNs: bigint }): Fingerprint {
  const [first, last] = [-(2n ** 63n), 2n ** 63n - 1n];
  const mtimeNs = stat.mtimeNs < first ? first : stat.mtimeNs > last ? last : stat.mtimeNs;
  return { size: Number(stat.size), mtimeNs };
}
