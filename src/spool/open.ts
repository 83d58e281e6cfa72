/** The spool of a command, out of its settings: opened only if nobody else can write there. */

import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeSystemError } from '../system/describe-system-error.ts'
import { errorCode } from '../system/errors.ts'
import { lstat } from '../system/file-calls.ts'
import { makeFolders } from '../system/make-folders.ts'
import { placeOfThisProcess } from '../system/process-id.ts'
import { checkTrusted } from '../system/trusted-path.ts'
import type { Spool } from './spool.ts'

/** What settings say of the spool. */
export interface SpoolSettings {
  /** Whether events that were not delivered are kept. */
  readonly spool: boolean
  /** The folder that they are kept in, an absolute path; undefined if the user has no home and named no folder. */
  readonly spoolDir: string | undefined
  /** Was it named by a flag or the environment, so that its place is this user's own choice? */
  readonly isSpoolDirChosen: boolean
  /** How long they are kept, in milliseconds. */
  readonly spoolMaxAgeMs: number
  /** How much of them is kept, in bytes. */
  readonly spoolMaxBytes: number
}

export type SpoolChoice =
  | { readonly kind: 'open'; readonly spool: Spool }
  /** `--no-spool`. */
  | { readonly kind: 'off' }
  /** `problem` says why, to stand behind `events cannot be kept on disk: `. */
  | { readonly kind: 'unusable'; readonly problem: string }

type Opened =
  | { readonly ok: true; readonly folder: string; readonly displayPath?: string }
  | { readonly ok: false; readonly problem: string }

/**
 * The folder is made with mode 0700 if it is missing. Resolves once the file system answers; whoever has no time to wait
 * for one that does not must see to that.
 */
export async function openSpool(
  settings: SpoolSettings,
  euid = process.geteuid?.() ?? 0,
): Promise<SpoolChoice> {
  if (!settings.spool) return { kind: 'off' }
  const { spoolDir, isSpoolDirChosen } = settings
  if (spoolDir === undefined)
    return {
      kind: 'unusable',
      problem: 'HOME is not set; set CRONITOR_SPOOL_DIR, or --no-spool if that is meant',
    }
  // What follows would stop the whole process while the file system does not answer.
  await lstat(spoolDir).catch(() => {})
  const opened = openFolder(spoolDir, isSpoolDirChosen, euid)
  if (!opened.ok) return { kind: 'unusable', problem: opened.problem }
  return {
    kind: 'open',
    spool: {
      folder: opened.folder,
      ...(opened.displayPath !== undefined && { displayPath: opened.displayPath }),
      maxAgeMs: settings.spoolMaxAgeMs,
      maxBytes: settings.spoolMaxBytes,
      place: placeOfThisProcess(),
      wallClock: Date.now,
    },
  }
}

function openFolder(folder: string, isNamed: boolean, euid: number): Opened {
  let trust = checkTrusted(folder, { euid })
  if (!trust.ok && trust.why === 'missing') {
    try {
      // All above what is missing is closed to others, so that nobody can put something in its place meanwhile.
      makeFolders(folder)
    } catch (error) {
      return refused(`${folder} cannot be made: ${describeSystemError(error)}`)
    }
    trust = checkTrusted(folder, { euid })
  }
  if (trust.ok) return { ok: true, folder }
  return isNamed ? openBelowOthers(folder, trust.problem, euid) : refused(trust.problem)
}

/**
 * A folder that was named, below others that somebody else may write to, such as a volume of Kubernetes. What its path
 * leads to can change at any time; so it is opened once, checked then, and all that is done goes through the descriptor.
 *
 * @param problem what is wrong with the path
 */
function openBelowOthers(folder: string, problem: string, euid: number): Opened {
  const target = isVolume(folder, euid) ? join(folder, `cronitor-${euid}`) : folder
  let file: number | undefined
  try {
    makeFolders(target)
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    file = openSync(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    const { uid, mode, ino } = fstatSync(file)
    const wrong = faultOf({ target, uid, mode, euid, problem })
    if (wrong === undefined) {
      const opened = `/proc/self/fd/${file}`
      if (statSync(`${opened}/.`, { throwIfNoEntry: false })?.ino === ino) {
        file = undefined
        return { ok: true, folder: opened, displayPath: target }
      }
    }
    // Without /proc, nothing holds on to the folder that was checked.
    return refused(wrong ?? problem)
  } catch (error) {
    const code = errorCode(error)
    const there = lookAt(target)
    const owner = there?.uid ?? euid
    if (code === 'EACCES' && owner !== euid) return refused(`${target} belongs to another user (${owner})`)
    // A link or a file, or a path that leads through one.
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EEXIST')
      return refused(there === undefined ? problem : `${target} is no folder`)
    return refused(`${target}: ${describeSystemError(error)}`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Root's, and open to this user and to others: made for programs to make their own folders in. /tmp is not meant for this. */
function isVolume(folder: string, euid: number): boolean {
  const stat = lookAt(folder)
  return (
    stat?.isDirectory() === true &&
    stat.uid === 0 &&
    euid !== 0 &&
    (stat.mode & 0o022) !== 0 &&
    (stat.mode & 0o1000) === 0
  )
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

function faultOf(it: {
  readonly target: string
  readonly uid: number
  readonly mode: number
  readonly euid: number
  readonly problem: string
}): string | undefined {
  const { target, uid, mode, euid, problem } = it
  // The path's own problem may be with this folder, or with one above it.
  const isOpen = problem.startsWith(`${target} is writable by `)
  if (uid !== euid)
    return isOpen
      ? `${problem}; name a folder in it, which is then made`
      : `${target} belongs to another user (${uid})`
  if ((mode & 0o777) === 0o700) return undefined
  return `${isOpen ? problem : `${problem}, and ${target} has not mode 700`}; chmod 700 ${target}`
}

function refused(problem: string): Opened {
  return { ok: false, problem }
}
