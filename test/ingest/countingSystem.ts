import { type Access, type ShareCalls, systemCalls } from '../../src/share/calls.ts';
import { type Mount, readMounts } from '../../src/share/filesystem.ts';
import type { System } from '../../src/share/system.ts';

/** What was asked of a share. */
export interface Counts {
  realpath: number;
  stat: number;
  lstat: number;
  readdir: number;
  probe: number;
  open: number;
  fstat: number;
  read: number;
  close: number;
  /** That came back. */
  bytes: number;
}

/** This machine, with all calls below `folder` counted. On `network` the folder is told to be a mounted share. */
export class CountingSystem implements System {
  readonly counts: Counts = {
    realpath: 0,
    stat: 0,
    lstat: 0,
    readdir: 0,
    probe: 0,
    open: 0,
    fstat: 0,
    read: 0,
    close: 0,
    bytes: 0,
  };

  constructor(
    readonly folder: string,
    readonly kind: Access,
  ) {}

  mounts(): readonly Mount[] {
    if (this.kind === 'local') return readMounts();
    return [
      { id: '1', device: '8:1', mountPoint: '/', type: 'ext4', what: '/dev/sda1' },
      { id: '2', device: '0:50', mountPoint: this.folder, type: 'cifs', what: '//server/share' },
    ];
  }

  async pause(): Promise<void> {}

  calls(access: Access): ShareCalls {
    const real = systemCalls(access);
    return {
      realpath: (path) => this.#counted('realpath', path, real.realpath(path)),
      stat: (path) => this.#counted('stat', path, real.stat(path)),
      lstat: (path) => this.#counted('lstat', path, real.lstat(path)),
      readdir: (path) => this.#counted('readdir', path, real.readdir(path)),
      probe: (path) => this.#counted('probe', path, real.probe(path)),
      open: async (path) => {
        const file = await this.#counted('open', path, real.open(path));
        return {
          stat: () => this.#counted('fstat', path, file.stat()),
          read: async (into) => {
            const bytes = await this.#counted('read', path, file.read(into));
            this.counts.bytes += bytes;
            return bytes;
          },
          close: () => this.#counted('close', path, file.close()),
        };
      },
    };
  }

  #counted<T>(call: keyof Counts, path: string, answer: T): T {
    if (path.startsWith(this.folder)) this.counts[call] += 1;
    return answer;
  }
}
