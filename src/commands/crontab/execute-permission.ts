/** Tells whether a user may execute a program, by the permission bits of its path. */

import { realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describeReadError } from '../../system/errors.ts'

export interface Permissions {
  readonly uid: number
  readonly groups: readonly number[]
}

type Entry = Pick<Stats, 'uid' | 'gid' | 'mode'> & { readonly isFile: () => boolean }

export interface PathCalls {
  /** @throws the system's error */
  readonly stat: (path: string) => Entry
  /** @throws the system's error */
  readonly realpath: (path: string) => string
}

const SYSTEM: PathCalls = { stat: path => statSync(path), realpath: path => realpathSync(path) }

const READ = 4
const EXECUTE = 1

/**
 * Undefined if the user may execute the program; else why not, such as `/root is closed to this user`. A script must be
 * readable too.
 */
export function whyNotExecutable(
  path: string,
  user: Permissions,
  calls: PathCalls = SYSTEM,
): string | undefined {
  try {
    const real = calls.realpath(path)
    for (const folder of new Set([...foldersAbove(path), ...foldersAbove(real)])) {
      if (!mayDo(calls.stat(folder), user, EXECUTE)) return `${folder} is closed to this user`
    }
    const program = calls.stat(real)
    if (!program.isFile()) return `${path} is not a file`
    if (!mayDo(program, user, READ | EXECUTE)) return `${path} is not executable for this user`
    return undefined
  } catch (error) {
    return `${path} ${describeReadError(error)}`
  }
}

/** From the root folder down. */
function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [...foldersAbove(above), above]
}

function mayDo({ uid, gid, mode }: Entry, user: Permissions, wanted: number): boolean {
  // Root may enter each folder, and execute a file that anybody may execute (capabilities(7), CAP_DAC_OVERRIDE).
  if (user.uid === 0) return (mode & 0o111) !== 0
  const shift = user.uid === uid ? 6 : user.groups.includes(gid) ? 3 : 0
  return ((mode >> shift) & wanted) === wanted
}
