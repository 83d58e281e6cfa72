// Owners and groups that are safe although they are neither the user's nor root's. The rules are those of
// src/system/private-group.ts and unmapped-user.ts; the compiled code of these must not be loaded before it is trusted.
'use strict'

const { readFileSync } = require('node:fs')

/** @param {string} file */
const rowsOf = file =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map(line => line.split(':'))

/**
 * True if the group is the user's primary one, has the user's name and no other members. Always false for root.
 *
 * @param {number} gid
 * @param {number} uid
 */
function isPrivateGroup(gid, uid) {
  if (gid === 0 || uid === 0) return false
  try {
    const users = rowsOf('/etc/passwd').filter(row => row[3] === String(gid))
    const groups = rowsOf('/etc/group').filter(row => row[2] === String(gid))
    if (users.length !== 1 || groups.length !== 1) return false
    const [name, , id] = users[0]
    const [group, , , members = ''] = groups[0]
    return id === String(uid) && group === name && members.split(',').every(one => one === '' || one === name)
  } catch {
    return false
  }
}

/**
 * True if the number stands for users outside this user namespace, such as the host's root.
 *
 * @param {number} uid
 */
function isUnmapped(uid) {
  try {
    if (uid !== Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8'))) return false
    return readFileSync('/proc/self/uid_map', 'utf8')
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).map(Number))
      .every(([first, , count]) => uid < first || uid >= first + count)
  } catch {
    return false
  }
}

module.exports = { isPrivateGroup, isUnmapped }
