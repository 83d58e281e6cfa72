/** Which folders lie on file systems that may hang. */

import { expect, test } from 'vitest'
import { isOnRemote, parseMounts } from '../../src/system/remote-file-system.ts'

const MOUNTS = parseMounts(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw - proc proc rw
40 22 0:50 / /mnt/nfs rw,relatime shared:7 - nfs4 server:/export rw
41 22 0:51 / /mnt/with\\040blank rw - cifs //server/share rw
42 40 0:52 / /mnt/nfs/local rw - tmpfs tmpfs rw
43 22 0:53 / /home rw master:1 - fuse.sshfs host: rw
44 22 0:54 / /data rw - xfs /dev/sdb rw
`)

const LINKS: Readonly<Record<string, string>> = {
  '/var/spool': '/mnt/nfs/spool',
  '/opt/a': '../mnt/./nfs',
  '/opt/loop': 'loop',
  '/opt/local': '/data',
}

const linkAt = (path: string): string | undefined => LINKS[path]

test.each([
  ['/mnt/nfs', true],
  ['/mnt/nfs/a/b', true],
  ['/mnt/nfs-other/a', false],
  ['/mnt/with blank/a', true],
  ['/home/me/.local/state', true],
  // The way there leads through the server's folder.
  ['/mnt/nfs/local/a', true],
  ['/var/spool/cronitor', true],
  ['/opt/a/spool', true],
  ['/opt/loop/spool', false],
  ['/opt/local/spool', false],
  ['/data/spool', false],
  ['/var/lib', false],
  ['/', false],
])('%s: %s', (folder, expected) => {
  expect(isOnRemote(folder, MOUNTS, linkAt)).toBe(expected)
})

test('no link is read on a file system that may hang', () => {
  const read: string[] = []
  isOnRemote('/mnt/nfs/a/b', MOUNTS, path => {
    read.push(path)
    return undefined
  })
  expect(read).toEqual(['/mnt'])
})

test('of two file systems on the same folder, the later one counts', () => {
  const mounts = parseMounts(`1 0 0:1 / / rw - ext4 a rw
2 1 0:2 / /mnt rw - nfs b rw
3 2 0:3 / /mnt rw - tmpfs c rw`)
  expect(isOnRemote('/mnt/a', mounts, () => undefined)).toBe(false)
})

test('without a list of file systems nothing is read', () => {
  expect(
    isOnRemote('/mnt/a', [], () => {
      throw new Error('read')
    }),
  ).toBe(false)
})
