import type { Fingerprint } from '../domain/file.js';
import type { Deadlines } from '../domain/settings.js';
import { asFingerprint, type OpenFile, type ShareCalls } from './calls.js';
import { answered, fileDeadline } from './deadline.js';
import { checkDevice } from './failure.js';

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

/** How the files of a source are reached. */
export interface Reach {
  readonly calls: ShareCalls;
  readonly deadlines: Deadlines;
  /** What `hiddenDevice` says of the source. */
  readonly hidden?: bigint | null;
}

/** Takes a chunk (valid only during the call), told of the file's fingerprint before the first. */
export type TakeChunk = (chunk: Buffer, before: Fingerprint) => Promise<void> | void;

/** Bytes per read of a large file. */
const chunkBytes = 1024 * 1024;

/**
 * Reads a file once, from start to end. Throws what the system throws, HungCall for a call without an answer and an
 * Error of code ETIME for a file that takes too long in all.
 */
export async function readOnce(path: string, reach: Reach, take: TakeChunk): Promise<ReadReport> {
  const reading = new Reading(path, reach);
  return reading.run((file, before) => reading.chunks(file, before, take));
}

/** A file that is held in memory. */
export interface EntireFile {
  readonly bytes: Buffer;
  readonly report: ReadReport;
}

/**
 * As `readOnce`, for a file that memory holds; of one that has grown meanwhile there is a byte more than it had. `seen`
 * is its fingerprint if it was looked at before; without, that is done first.
 */
export async function readEntire(
  path: string,
  reach: Reach,
  seen: Fingerprint | null = null,
): Promise<EntireFile> {
  const reading = new Reading(path, reach);
  let bytes: Buffer = Buffer.alloc(0);
  const read = async (file: OpenFile, before: Fingerprint) => {
    bytes = await reading.entire(file, before);
    return bytes.length;
  };
  const report = await reading.run(read, seen);
  return { bytes, report };
}

class Reading {
  #seconds = 0;

  constructor(
    readonly path: string,
    readonly reach: Reach,
  ) {}

  /** `read` reads what is in the file and returns its bytes. */
  async run(
    read: (file: OpenFile, before: Fingerprint) => Promise<number>,
    seen: Fingerprint | null = null,
  ): Promise<ReadReport> {
    const openedAtNs = BigInt(Date.now()) * 1_000_000n;
    const call = () => this.reach.calls.open(this.path);
    const file = await this.#timed(call, this.reach.deadlines.metadata, 'open', leave);
    try {
      const before = seen ?? (await this.#look(file));
      const bytes = await read(file, before);
      const after = await this.#look(file);
      return { before, after, bytes, openedAtNs, seconds: this.#seconds };
    } finally {
      leave(file);
    }
  }

  async #look(file: OpenFile): Promise<Fingerprint> {
    const { deadlines, hidden = null } = this.reach;
    const { size, mtimeNs, device } = await this.#timed(() => file.stat(), deadlines.metadata, 'stat');
    checkDevice(device, this.path, hidden);
    return { size, mtimeNs };
  }

  /** Hands over the file chunk by chunk; returns its bytes. */
  async chunks(file: OpenFile, before: Fingerprint, take: TakeChunk): Promise<number> {
    const inTime = this.#deadline(before);
    // One byte more than the file should have: a full buffer says that it has grown.
    const buffer = Buffer.allocUnsafe(Math.min(before.size + 1, chunkBytes));
    for (let bytes = 0; ; inTime(bytes)) {
      const length = await this.#read(file, buffer);
      bytes += length;
      if (length > 0) await take(buffer.subarray(0, length), before);
      if (length === 0 || (bytes === before.size && length < buffer.length)) return bytes;
    }
  }

  /** The bytes of the file, and the first of those that were added to it. */
  async entire(file: OpenFile, before: Fingerprint): Promise<Buffer> {
    const inTime = this.#deadline(before);
    const buffer = Buffer.allocUnsafe(before.size + 1);
    for (let bytes = 0; ; inTime(bytes)) {
      const length = await this.#read(file, buffer.subarray(bytes));
      bytes += length;
      if (length === 0 || bytes >= before.size) return buffer.subarray(0, bytes);
    }
  }

  async #read(file: OpenFile, into: Buffer): Promise<number> {
    return this.#timed(() => file.read(into), this.reach.deadlines.read, 'read');
  }

  /** What throws, told how many bytes were read, when that took too long. */
  #deadline({ size }: Fingerprint): (bytes: number) => void {
    const until = performance.now() + fileDeadline(this.reach.deadlines, size);
    return (bytes) => {
      if (performance.now() > until) throw tooSlow(bytes, size);
    };
  }

  async #timed<T>(
    call: () => Promise<T> | T,
    ms: number,
    what: string,
    late?: (value: T) => void,
  ): Promise<T> {
    const started = performance.now();
    try {
      const result = call();
      return result instanceof Promise ? await answered(result, ms, what, late) : result;
    } finally {
      this.#seconds += (performance.now() - started) / 1000;
    }
  }
}

/** Closes a file and does not wait for it: all was read, and a call that hangs may hold it for ever. */
function leave(file: OpenFile): void {
  try {
    Promise.resolve(file.close()).catch(() => {});
  } catch {
    // Nothing was written that could be lost.
  }
}

/** Not worth another try in this run: it would take as long again. */
function tooSlow(bytes: number, size: number): Error {
  const message = `it took longer than its deadline: ${bytes} of ${size} bytes were read`;
  return Object.assign(new Error(message), { code: 'ETIME' });
}

/** The fingerprint of the file at a path now, or null when it cannot be looked at. */
export async function fingerprintOf(path: string, { calls, deadlines }: Reach): Promise<Fingerprint | null> {
  try {
    const looked = calls.lstat(path);
    const entry = looked instanceof Promise ? await answered(looked, deadlines.metadata, 'lstat') : looked;
    return asFingerprint(entry);
  } catch {
    return null;
  }
}
