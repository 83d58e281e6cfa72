/**
 * Whether nobody but the effective user and root could have put something in a file's or a folder's place.
 *
 * The answer stays true after it was given: where every step belongs to us or to root and is closed to others, only
 * we and root can change what the path leads to. So the check comes first, and the opening after it.
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
      /** `missing`: the path leads nowhere, but all above the missing step is trusted. */
      readonly why: 'missing' | 'refused'
      /** Names the step and what is wrong: `/etc/cronitor is writable by its group`. */
      readonly problem: string
    }

export interface TrustOptions {
  /** The effective user's id; what belongs to it, or to root, is trusted. */
  readonly euid: number
  readonly cwd?: () => string
  readonly lstat?: (path: string) => Entry
  readonly readlink?: (path: string) => string
  /** Is nobody but the user in the group? */
  readonly isPrivateGroup?: (gid: number, uid: number) => boolean
  /** Does the number stand for users outside of this user namespace? */
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

/** As many as Linux follows in one path (path_resolution(7)). */
const MOST_LINKS = 40

const STICKY = 0o1000

/**
 * Walks `path` from the root folder, as the kernel would, and looks at each step: the folders above, symbolic links and
 * the folders that they stand in, the folders that they lead through, and the end itself.
 *
 * `path` may be relative to the working directory. Nothing is thrown: what cannot be looked at is refused.
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
        // `trail` holds the real folders, so this is the kernel's `..`, also behind a symbolic link.
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

/** What is wrong with one step, `isAbove` saying that the path goes on below it. */
function faultOf(step: Step, options: TrustOptions, isAbove: boolean): string | undefined {
  const { euid, isPrivateGroup: isPrivate = isPrivateGroup, isUnmapped = isUnmappedUser } = options
  // In a user namespace the folders of the host's root, `/` above all, belong to nobody that is in it.
  if (step.uid !== euid && step.uid !== 0 && !(isAbove && isUnmapped(step.uid)))
    return `${step.path} belongs to another user (${step.uid})`
  // A link's mode says nothing: who may write the link is who may write its folder.
  if (isKind(step, constants.S_IFLNK)) return undefined
  // In a sticky folder (/tmp has mode 1777) others can make names, but an existing name can be renamed or removed only
  // by its owner, the folder's owner or root (unlink(2), rename(2)). As the step below must be ours or root's as well,
  // others cannot replace it: such a folder may stand above. It may not be the end, where others could add to it.
  if (isAbove && isKind(step, constants.S_IFDIR) && (step.mode & STICKY) !== 0) return undefined
  if ((step.mode & constants.S_IWOTH) !== 0) return `${step.path} is writable by everyone`
  // With a POSIX ACL these bits are its mask (acl(5)), so that a named user's right to write shows here too.
  if ((step.mode & constants.S_IWGRP) !== 0 && !isPrivate(step.gid, step.uid))
    return `${step.path} is writable by its group`
  return undefined
}
