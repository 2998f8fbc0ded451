import type { Access, OpenFile, ShareCalls } from '../../src/share/calls.ts';
import { systemCalls } from '../../src/share/calls.ts';
import type { Mount } from '../../src/share/filesystem.ts';
import type { System } from '../../src/share/system.ts';

/** Every call that reaches a share. */
export const operations = [
  'realpath',
  'stat',
  'lstat',
  'readdir',
  'probe',
  'open',
  'fstat',
  'read',
  'close',
] as const;
export type Operation = (typeof operations)[number];

/** Errors as Node hands them out on Linux; `hang` never answers. */
const faults = {
  EIO: -5,
  ESTALE: -116,
  ENOTCONN: -107,
  EMFILE: -24,
  ENOENT: -2,
  EACCES: -13,
  hang: 0,
} as const;
export type Fault = keyof typeof faults;
export const faultNames = Object.keys(faults) as Fault[];

/** Which calls of one operation fail, counted from 0. */
export interface Plan {
  readonly operation: Operation;
  readonly fault: Fault;
  readonly from: number;
  readonly to: number;
}

/** A machine on which `share` is a network share that fails by plan. Pauses take no time. */
export class FaultySystem implements System {
  readonly counts = Object.fromEntries(operations.map((name) => [name, 0])) as Record<Operation, number>;
  mountId = '2';

  constructor(
    readonly share: string,
    readonly plan: Plan | null = null,
  ) {}

  mounts(): Mount[] {
    return [
      { id: '1', device: '8:1', mountPoint: '/', type: 'ext4', what: '/dev/sda1' },
      { id: this.mountId, device: '0:50', mountPoint: this.share, type: 'cifs', what: '//server/share' },
    ];
  }

  async pause(): Promise<void> {}

  calls(_: Access): ShareCalls {
    const real = systemCalls('network');
    const on = <T>(operation: Operation, path: string, work: () => T | Promise<T>) =>
      this.#call(operation, path, work);
    return {
      realpath: (path) => on('realpath', path, () => real.realpath(path)),
      stat: (path) => on('stat', path, () => real.stat(path)),
      lstat: (path) => on('lstat', path, () => real.lstat(path)),
      readdir: (path) => on('readdir', path, () => real.readdir(path)),
      probe: (path) => on('probe', path, () => real.probe(path)),
      open: (path) =>
        on('open', path, async () => {
          const file = await real.open(path);
          return {
            stat: () => on('fstat', path, () => file.stat()),
            read: (into) => on('read', path, () => file.read(into)),
            close: async () => {
              await file.close();
              await on('close', path, () => undefined);
            },
          } satisfies OpenFile;
        }),
    };
  }

  /** Only the share fails; the way to the database does not. */
  async #call<T>(operation: Operation, path: string, work: () => T | Promise<T>): Promise<T> {
    if (!path.startsWith(this.share)) return work();
    const nth = this.counts[operation];
    this.counts[operation] += 1;
    const { plan } = this;
    if (plan?.operation !== operation || nth < plan.from || nth > plan.to) return work();
    if (plan.fault === 'hang') return new Promise<T>(() => {});
    const errno = faults[plan.fault];
    const code = plan.fault === 'ESTALE' ? `Unknown system error ${errno}` : plan.fault;
    throw Object.assign(new Error(`${code}: ${operation} '${path}'`), { errno, code, syscall: operation });
  }
}
