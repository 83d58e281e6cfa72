/** Whether a group is its owner's alone, as systems with "user private groups" and umask 002 make them. */

import { readFileSync } from 'node:fs'

/**
 * True if the group is the primary one of `uid`, has its name, and nobody else is in it. Users and groups that are not in the
 * files, as with LDAP, are unknown here and so not private. Root's never is: containers run users of any number in group 0.
 */
export function isPrivateGroup(
  gid: number,
  uid: number,
  read: (path: string) => string = path => readFileSync(path, 'utf8'),
): boolean {
  if (gid === 0 || uid === 0) return false
  try {
    const users = rowsOf(read('/etc/passwd'))
    const [owner, ...others] = users.filter(([, , , group]) => group === String(gid))
    const [name = '', , id] = owner ?? []
    if (others.length > 0 || name === '' || id !== String(uid)) return false
    const groups = rowsOf(read('/etc/group')).filter(([, , group]) => group === String(gid))
    const [group] = groups
    if (group === undefined || groups.length > 1 || group[0] !== name) return false
    return (group[3] ?? '').split(',').every(member => member === '' || member === name)
  } catch {
    return false
  }
}

function rowsOf(text: string): string[][] {
  return text.split('\n').map(line => line.split(':'))
}
