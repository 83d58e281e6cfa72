/** Finds groups that have one user only, as on systems with "user private groups" and umask 002. */

import { readFileSync } from 'node:fs'

/**
 * True if the group is the primary one of `uid`, has the user's name, and has no other member. False for users and
 * groups that are not in the local files (LDAP), and for root: in containers, users of any number are in group 0.
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
