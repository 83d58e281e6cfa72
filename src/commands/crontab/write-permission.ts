/** Tells whether a user may create a folder, by the permission bits of the folder above it. */

import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { groupsOf, type UserAccount } from '../../system/user-account.ts'

const WRITE_AND_ENTER = 3

/** False for undefined, and if the nearest folder that exists is closed to the user. */
export function canWriteBelow(path: string | undefined, user: UserAccount): boolean {
  if (path === undefined) return false
  if (user.uid === 0) return true
  let folder = path
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder)
  const { uid, gid, mode } = statSync(folder)
  const shift = user.uid === uid ? 6 : groupsOf(user).includes(gid) ? 3 : 0
  return ((mode >> shift) & WRITE_AND_ENTER) === WRITE_AND_ENTER
}
