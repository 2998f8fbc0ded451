import { describe, expect, test } from 'vitest';
import { isNetworkType, isOnNetwork, mountOf, parseMounts } from '../../src/share/filesystem.ts';

const table = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /mnt/xray rw,relatime - cifs //nas/xray rw
31 30 0:26 / /mnt/xray/archive rw - ext4 /dev/sdb1 rw
32 22 0:27 / /mnt/two\\040words rw - fuse.sshfs host:/ rw
33 22 0:28 / /mnt/xray rw - nfs4 nas:/xray rw
`;

describe('the mount table', () => {
  const mounts = parseMounts(table);

  test.each([
    ['/mnt/xray/a.csv', 'nfs4', 'the last mount on a point counts'],
    ['/mnt/xray/archive/a.csv', 'ext4', 'the longest mount point counts'],
    ['/mnt/two words/a', 'fuse.sshfs', 'escaped characters are read'],
    ['/mnt/xrays', 'ext4', 'a name that only begins alike is another'],
    ['/', 'ext4', 'the root is a mount'],
  ])('%s lies on %s: %s', (path, type) => {
    expect(mountOf(path, mounts)?.type).toBe(type);
  });

  test('a path is on the network when its mount is', () => {
    expect(isOnNetwork('/mnt/xray/a.csv', mounts)).toBe(true);
    expect(isOnNetwork('/mnt/xray/archive/a.csv', mounts)).toBe(false);
    expect(isOnNetwork('/anywhere', [])).toBe(false);
  });
});

test.each([
  ['nfs', true],
  ['cifs', true],
  ['smb3', true],
  ['fuse.rclone', true],
  ['9p', true],
  ['fuse.ntfs-3g', false],
  ['fuseblk', false],
  ['ext4', false],
  ['tmpfs', false],
])('%s is a network file system: %s', (type, expected) => {
  expect(isNetworkType(type)).toBe(expected);
});
