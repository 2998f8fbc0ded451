import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { parseMounts } from '../../src/share/filesystem.ts';

const slowPipe = fileURLToPath(new URL('./slowPipe.js', import.meta.url));
const servers = ['/usr/lib/openssh/sftp-server', '/usr/lib/sftp-server'];

/** What is missing for a share of sshfs on this machine, or null. */
export function whyNoSshfs(): string | null {
  if (!isThere('/dev/fuse')) return '/dev/fuse';
  for (const command of ['sshfs', 'fusermount3']) if (!isThere(`/usr/bin/${command}`)) return command;
  if (!servers.some(isThere)) return 'sftp-server';
  return mayMount() ? null : 'the right to mount';
}

/** Mounts a folder and takes the mount away again. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'ingest-mount-'));
  try {
    const wrapper = makeWrapper(join(folder, 'ssh'), servers.find(isThere) ?? '');
    mkdirSync(join(folder, 'share'));
    const args = [`test:${folder}`, join(folder, 'share'), '-o', `ssh_command=${wrapper}`];
    execFileSync('sshfs', args, { stdio: 'ignore', timeout: 10_000 });
    execFileSync('fusermount3', ['-uz', join(folder, 'share')], { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes what sshfs runs in place of ssh. */
function makeWrapper(path: string, command: string): string {
  writeFileSync(path, `#!/bin/sh\nexec ${command}\n`);
  chmodSync(path, 0o755);
  return path;
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder mounted over SFTP, its server a process of its own: no sshd, no keys, no port. */
export interface SshfsShare {
  readonly mountPoint: string;
  /** Mounts it (again). */
  mount(): Promise<void>;
  /** The server answers nothing until it goes on. */
  stop(): void;
  goOn(): void;
  /** The server dies, and the mount with it. */
  kill(): void;
  /** Bytes that the server has sent since it was mounted. */
  sent(): number;
}

/**
 * Mounts `folder` at `mountPoint` until the test is over, when it is freed in any case. A round trip to its server takes
 * `roundTripMs` milliseconds more than it would.
 */
export async function sshfsShare(folder: string, mountPoint: string, roundTripMs = 0): Promise<SshfsShare> {
  const server = servers.find(isThere) ?? '';
  const pidFile = `${mountPoint}.pid`;
  mkdirSync(mountPoint, { recursive: true });
  const serve = `sh -c 'echo $$ > "${pidFile}"; exec ${server}'`;
  const slowly = roundTripMs > 0 ? `"${process.execPath}" "${slowPipe}" ${roundTripMs} ` : '';
  const wrapper = makeWrapper(`${mountPoint}.ssh`, slowly + serve);
  const daemons: ChildProcess[] = [];
  const pid = () => Number(readFileSync(pidFile, 'utf8'));
  const signal = (name: NodeJS.Signals) => process.kill(pid(), name);
  const share: SshfsShare = {
    mountPoint,
    mount: async () => {
      rmSync(pidFile, { force: true });
      daemons.push(start(folder, mountPoint, wrapper));
      await until(() => isMounted(mountPoint) && isThere(pidFile) && statSync(pidFile).size > 0);
    },
    stop: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
    kill: () => signal('SIGKILL'),
    sent: () => Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid()}/io`, 'utf8'))?.[1]),
  };
  onTestFinished(async () => {
    quietly(share.goOn);
    await until(() => {
      if (isMounted(mountPoint)) quietly(() => execFileSync('fusermount3', ['-uz', mountPoint]));
      return !isMounted(mountPoint);
    });
    for (const daemon of daemons) daemon.kill('SIGKILL');
    for (const path of [wrapper, pidFile]) rmSync(path, { force: true });
  });
  await share.mount();
  return share;
}

function start(folder: string, mountPoint: string, wrapper: string): ChildProcess {
  const uncached = 'dir_cache=no,attr_timeout=0,entry_timeout=0,negative_timeout=0';
  const options = [`ssh_command=${wrapper}`, uncached].flatMap((option) => ['-o', option]);
  return spawn('sshfs', ['-f', `test:${folder}`, mountPoint, ...options], { stdio: 'ignore' });
}

export function isMounted(mountPoint: string): boolean {
  const mounts = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mounts.some((mount) => mount.mountPoint === mountPoint);
}

export async function until(done: () => boolean): Promise<void> {
  for (let waited = 0; !done(); waited += 20) {
    if (waited > 20_000) throw new Error('waited too long');
    await sleep(20);
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // What is gone already needs no end.
  }
}
