import {
  type BigIntStats,
  closeSync,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  promises,
  readSync,
} from 'node:fs';
import type { Fingerprint } from '../domain/file.js';
import { decodeName, pathBytes } from './fileName.js';

/** How a share is asked: synchronously on a local disk, asynchronously over a network. */
export type Access = 'local' | 'network';

type Answer<T> = Promise<T> | T;

/** An open file as it is now. */
export interface OpenStat extends Fingerprint {
  readonly device: bigint;
}

/** A file that is open for reading. */
export interface OpenFile {
  stat(): Answer<OpenStat>;
  /** Returns the number of bytes, 0 at the end. */
  read(into: Buffer): Answer<number>;
  close(): Answer<void>;
}

/**
 * Every call that reaches a share goes through here; tests put calls that fail in its place. Paths are absolute.
 * Each throws, or rejects with, what the system throws.
 */
export interface ShareCalls {
  lstat(path: string): Answer<BigIntStats>;
  stat(path: string): Answer<BigIntStats>;
  realpath(path: string): Answer<string>;
  /** The entries of a folder; in names that are not UTF-8 the bytes are escaped (`decodeName`). */
  readdir(path: string): Promise<Dirent[]>;
  /** Lists the first entries of a folder: a proof that it can be listed, which no cache can give. */
  probe(path: string): Promise<void>;
  open(path: string): Answer<OpenFile>;
}

const networkCalls: ShareCalls = {
  lstat: (path) => promises.lstat(pathBytes(path), { bigint: true }),
  stat: (path) => promises.stat(pathBytes(path), { bigint: true }),
  realpath: (path) => promises.realpath(path),
  readdir: listFolder,
  probe: async (path) => {
    const folder = await promises.opendir(path);
    await folder.read();
    await folder.close();
  },
  open: async (path) => {
    const handle = await promises.open(path, 'r');
    return {
      stat: async () => asOpenStat(await handle.stat({ bigint: true })),
      read: async (into) => (await handle.read(into, 0, into.length, null)).bytesRead,
      close: () => handle.close(),
    };
  },
};

const localCalls: ShareCalls = {
  ...networkCalls,
  lstat: (path) => lstatSync(pathBytes(path), { bigint: true }),
  open: (path) => {
    const fd = openSync(path, 'r');
    return {
      stat: () => asOpenStat(fstatSync(fd, { bigint: true })),
      read: (into) => readSync(fd, into, 0, into.length, null),
      close: () => closeSync(fd),
    };
  },
};

/** The system's own calls. */
export function systemCalls(access: Access): ShareCalls {
  return access === 'local' ? localCalls : networkCalls;
}

const firstNs = -(2n ** 63n);
const lastNs = 2n ** 63n - 1n;

/** What of a `stat` makes a fingerprint; a time beyond 64 bits (before 1677, after 2262) is the last within. */
export function asFingerprint(stat: { size: bigint; mtimeNs: bigint }): Fingerprint {
  const mtimeNs = stat.mtimeNs < firstNs ? firstNs : stat.mtimeNs > lastNs ? lastNs : stat.mtimeNs;
  return { size: Number(stat.size), mtimeNs };
}

function asOpenStat(stat: BigIntStats): OpenStat {
  return { device: stat.dev, ...asFingerprint(stat) };
}

async function listFolder(path: string): Promise<Dirent[]> {
  const entries = await promises.readdir(pathBytes(path), { withFileTypes: true });
  if (!entries.some((entry) => entry.name.includes('\uFFFD'))) return entries;
  const raw = await promises.readdir(pathBytes(path), { withFileTypes: true, encoding: 'buffer' });
  return raw.map((entry) => Object.create(entry, { name: { value: decodeName(entry.name) } }) as Dirent);
}
