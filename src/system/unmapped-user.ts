/** The number that stands for all users outside this user namespace (user_namespaces(7)). Linux only. */

import { readFileSync } from 'node:fs'

/**
 * True if `uid` is that number and no user of this namespace has it. Files of the host's root, such as `/`, then have
 * this owner. No process in the namespace can be that user.
 */
export function isUnmappedUser(
  uid: number,
  read: (path: string) => string = path => readFileSync(path, 'latin1'),
): boolean {
  try {
    if (uid !== Number(read('/proc/sys/kernel/overflowuid'))) return false
    return read('/proc/self/uid_map')
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number))
      .every(([first = 0, , count = 0]) => uid < first || uid >= first + count)
  } catch {
    return false
  }
}
