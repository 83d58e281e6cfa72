/**
 * Checks that nobody but the effective user and root could have put something else in the place of a file or folder.
 *
 * The result stays valid: if each part of the path belongs to the user or root and is not writable by others, only they
 * can change what the path leads to. So a file can be checked first and opened after that.
 */

import { constants, lstatSync, readlinkSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { describeReadError, errorCode } from './errors.ts'
import { isPrivateGroup } from './private-group.ts'
import { isUnmappedUser } from './unmapped-user.ts'

export type Trust =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** `missing`: nothing is at the path, but all folders above the missing part are trusted. */
      readonly why: 'missing' | 'refused'
      /** Names the part of the path and what is wrong with it: `/etc/cronitor is writable by its group`. */
      readonly problem: string
    }

export interface TrustOptions {
  /** The effective user's id. What belongs to this user or to root is trusted. */
  readonly euid: number
  readonly cwd?: () => string
  readonly lstat?: (path: string) => Entry
  readonly readlink?: (path: string) => string
  /** True if nobody but the user is in the group. */
  readonly isPrivateGroup?: (gid: number, uid: number) => boolean
  /** True if the number stands for users outside this user namespace. */
  readonly isUnmapped?: (uid: number) => boolean
}

interface Entry {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

interface Step extends Entry {
  readonly path: string
}

/** The number of symbolic links that Linux follows in a path (path_resolution(7)). */
const MOST_LINKS = 40

const STICKY = 0o1000

/**
 * Follows `path` from the root folder as the kernel does, and checks each part: all folders on the way, symbolic links
 * and their folders, and the target.
 *
 * `path` may be relative to the working directory. Never throws: what cannot be examined is refused.
 */
export function checkTrusted(path: string, options: TrustOptions): Trust {
  const { cwd = process.cwd, lstat = lstatSync, readlink = readlinkSync } = options
  let pending: string[]
  try {
    pending = stepsOf(isAbsolute(path) ? path : `${cwd()}/${path}`)
  } catch (error) {
    return refused(`the working directory ${describeReadError(error)}`)
  }
  let at = '/'
  try {
    const root: Step = { path: '/', ...pick(lstat('/')) }
    let trail: Step[] = [root]
    let links = 0
    let fault = faultOf(root, options, true)
    while (fault === undefined) {
      const name = pending.shift()
      if (name === undefined) break
      if (name === '..') {
        // `trail` contains real folders, so this is what `..` means to the kernel, even after a symbolic link.
        if (trail.length > 1) trail.pop()
        continue
      }
      at = `${trail.length > 1 ? trail.at(-1)?.path : ''}/${name}`
      const step: Step = { path: at, ...pick(lstat(at)) }
      fault = faultOf(step, options, true)
      if (fault !== undefined) break
      if (isKind(step, constants.S_IFLNK)) {
        links += 1
        if (links > MOST_LINKS) return refused(`${path} leads through too many symbolic links`)
        const target = readlink(at)
        if (isAbsolute(target)) trail = [root]
        pending.unshift(...stepsOf(target))
        continue
      }
      if (pending.length > 0 && !isKind(step, constants.S_IFDIR)) return refused(`${at} is not a folder`)
      trail.push(step)
    }
    fault ??= faultOf(trail.at(-1) ?? root, options, false)
    return fault === undefined ? { ok: true } : refused(fault)
  } catch (error) {
    const problem = `${at} ${describeReadError(error)}`
    return errorCode(error) === 'ENOENT' ? { ok: false, why: 'missing', problem } : refused(problem)
  }
}

function refused(problem: string): Trust {
  return { ok: false, why: 'refused', problem }
}

function stepsOf(path: string): string[] {
  return path.split('/').filter(name => name !== '' && name !== '.')
}

function pick({ uid, gid, mode }: Entry): Entry {
  return { uid, gid, mode }
}

function isKind(step: Entry, kind: number): boolean {
  return (step.mode & constants.S_IFMT) === kind
}

/** What is wrong with one part of the path. `isAbove`: the path continues below it. */
function faultOf(step: Step, options: TrustOptions, isAbove: boolean): string | undefined {
  const { euid, isPrivateGroup: isPrivate = isPrivateGroup, isUnmapped = isUnmappedUser } = options
  // In a user namespace, folders of the host's root, such as `/`, belong to a user that no process in it can be.
  if (step.uid !== euid && step.uid !== 0 && !(isAbove && isUnmapped(step.uid)))
    return `${step.path} belongs to another user (${step.uid})`
  // A link's mode has no meaning: whoever can write to its folder can replace the link.
  if (isKind(step, constants.S_IFLNK)) return undefined
  // In a sticky folder (/tmp has mode 1777), others can add names, but only the owner of an entry, the owner of the
  // folder and root can rename or remove it (unlink(2), rename(2)). The next part of the path must belong to the user
  // or root, so others cannot replace it. At the end of the path, a sticky folder is refused, since others could add to
  // it.
  if (isAbove && isKind(step, constants.S_IFDIR) && (step.mode & STICKY) !== 0) return undefined
  if ((step.mode & constants.S_IWOTH) !== 0) return `${step.path} is writable by everyone`
  // With a POSIX ACL, these bits are its mask (acl(5)), so they also show write access of a named user.
  if ((step.mode & constants.S_IWGRP) !== 0 && !isPrivate(step.gid, step.uid))
    return `${step.path} is writable by its group`
  return undefined
}
