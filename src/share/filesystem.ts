import { readFileSync } from 'node:fs';

/** A line of the mount table. */
export interface Mount {
  /** Of this very mount; one that is gone leaves it to the next. */
  readonly id: string;
  /** `major:minor` of its device. */
  readonly device: string;
  readonly mountPoint: string;
  /** File system type as the kernel names it: `ext4`, `cifs`, `fuse.sshfs`. */
  readonly type: string;
  /** What is mounted: `//server/share`, `/dev/sda1`. */
  readonly what: string;
}

const networkTypes = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ncpfs',
  'afs',
  'ceph',
  'lustre',
  'glusterfs',
  '9p',
  'davfs',
  'beegfs',
  'autofs',
  'virtiofs',
  'vboxsf',
  'prl_fs',
]);
const localFuse = new Set([
  'fuse.ntfs-3g',
  'fuse.ntfs',
  'fuse.exfat',
  'fuse.mergerfs',
  'fuse.bindfs',
  'fuse.gocryptfs',
  'fuse.encfs',
  'fuse.fuse-overlayfs',
  'fuse.lxcfs',
  'fuse.unionfs',
]);

/** Whether a file system of this type lies behind a network; FUSE types are, unless known to be local. */
export function isNetworkType(type: string): boolean {
  return networkTypes.has(type) || (type.startsWith('fuse') && type !== 'fuseblk' && !localFuse.has(type));
}

/**
 * Reads the system's mount table, which answers even when a share hangs. Empty where the system has none of this
 * form (macOS, Windows): everything then counts as local.
 */
export function readMounts(): Mount[] {
  try {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    return [];
  }
}

/** Parses the text of `/proc/self/mountinfo` (proc(5)), in mount order. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left, right] = line.split(' - ');
    const [id, , device, , mountPoint] = left?.split(' ') ?? [];
    const [type, what] = right?.split(' ') ?? [];
    if (!id || !device || !mountPoint || !type) return [];
    return [{ id, device, mountPoint: unescaped(mountPoint), type, what: unescaped(what ?? '') }];
  });
}

function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The mount that holds an absolute path: the longest mount point above it, the last one mounted there. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    const holds = path === mount.mountPoint || path.startsWith(prefix);
    if (holds && (!best || mount.mountPoint.length >= best.mountPoint.length)) best = mount;
  }
  return best;
}

/**
 * Whether an absolute path, or a place below it, lies on a network file system. A Windows path with a server's name
 * does.
 */
export function isOnNetwork(path: string, mounts: readonly Mount[]): boolean {
  if (path.startsWith('\\\\')) return true;
  const mount = mountOf(path, mounts);
  if (mount && isNetworkType(mount.type)) return true;
  const below = path === '/' ? '/' : `${path}/`;
  return mounts.some(({ mountPoint, type }) => mountPoint.startsWith(below) && isNetworkType(type));
}
