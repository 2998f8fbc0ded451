import { messageOf } from '../domain/errors.js';

/** What an error of the file system asks for. */
export type FailureClass =
  /** It may pass: try again after a pause. */
  | 'retry'
  /** The source does not answer at all. */
  | 'down'
  /** Fewer calls at once. */
  | 'crowded'
  /** What was asked for is not there any more. */
  | 'gone'
  /** Trying again is of no use. */
  | 'final';

/** A call that had no answer by its deadline. It may still hold a thread of the pool. */
export class HungCall extends Error {
  override readonly name = 'HungCall';

  constructor(what: string, ms: number) {
    super(`no answer to ${what} within ${ms / 1000} s`);
  }
}

/** A source that is not to be asked any more. */
export class SourceDown extends Error {
  override readonly name = 'SourceDown';
}

const classes: Readonly<Record<FailureClass, readonly string[]>> = {
  retry: [
    'EIO',
    'ESTALE',
    'EAGAIN',
    'EINTR',
    'EBUSY',
    'ETIMEDOUT',
    'ECONNRESET',
    'EREMOTEIO',
    'EBADMSG',
    'ENOLCK',
  ],
  down: [
    'ENOTCONN',
    'EHOSTDOWN',
    'EHOSTUNREACH',
    'ENETDOWN',
    'ENETUNREACH',
    'ENODEV',
    'ENXIO',
    'ENOKEY',
    'EKEYEXPIRED',
  ],
  crowded: ['EMFILE', 'ENFILE', 'ENOMEM'],
  gone: ['ENOENT'],
  final: ['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENOTDIR', 'EUCLEAN'],
};

const classOfName = new Map(
  (Object.keys(classes) as FailureClass[]).flatMap((name) => classes[name].map((error) => [error, name])),
);

/** Names that Node does not know on Linux, by number. */
const linuxNames: Readonly<Record<number, string>> = {
  37: 'ENOLCK',
  74: 'EBADMSG',
  116: 'ESTALE',
  117: 'EUCLEAN',
  121: 'EREMOTEIO',
  126: 'ENOKEY',
  127: 'EKEYEXPIRED',
};

/** The system's name of whatever was thrown (`ESTALE`, `ETIMEDOUT` for a call without an answer), or ''. */
export function failureName(error: unknown, platform = process.platform): string {
  if (error instanceof HungCall) return 'ETIMEDOUT';
  if (!(error instanceof Error) || !('code' in error)) return '';
  const number = 'errno' in error && typeof error.errno === 'number' ? Math.abs(error.errno) : 0;
  const known = platform === 'linux' ? linuxNames[number] : undefined;
  return known ?? (typeof error.code === 'string' ? error.code : '');
}

/** What was thrown in words, by the system's own name for it. */
export function failureText(error: unknown, platform = process.platform): string {
  const name = failureName(error, platform);
  const message = messageOf(error).replaceAll(/Unknown system error -\d+/g, name);
  return name === '' || error instanceof HungCall || message.startsWith(name)
    ? message
    : `${name}: ${message}`;
}

/** What an error asks for; a virus scanner on Windows denies for a moment what it looks at. */
export function failureClass(error: unknown, platform = process.platform): FailureClass {
  const name = failureName(error, platform);
  if (platform === 'win32' && (name === 'EPERM' || name === 'EACCES')) return 'retry';
  return classOfName.get(name) ?? 'final';
}

/** Whether this was thrown by a file system, and not by what reads the bytes. */
export function isFailure(error: unknown): boolean {
  return error instanceof HungCall || /^E(?!RR_)[A-Z0-9]+$/.test(failureName(error)) || hasErrno(error);
}

function hasErrno(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** Throws, as for a share that is away, for a file on the device that the share hides. */
export function checkDevice(device: bigint, path: string, hidden: bigint | null): void {
  if (hidden === null || device !== hidden) return;
  const message = `ENODEV: ${path} lies on the disk below the mount point, not on the share`;
  throw Object.assign(new Error(message), { code: 'ENODEV' });
}
