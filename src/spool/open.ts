/** Opens the spool that the settings name, if no other user can write to it. */

import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeSystemError } from '../system/describe-system-error.ts'
import { errorCode } from '../system/errors.ts'
import { lstat } from '../system/file-calls.ts'
import { makeFolders } from '../system/make-folders.ts'
import { placeOfThisProcess } from '../system/process-id.ts'
import { checkTrusted } from '../system/trusted-path.ts'
import type { Spool } from './spool.ts'

/** The settings of the spool. */
export interface SpoolSettings {
  /** False: undelivered events are lost. */
  readonly spool: boolean
  /** An absolute path; undefined if the user has no home folder and chose no other one. */
  readonly spoolDir: string | undefined
  /** True if a flag or the environment names the folder. It may then be in a folder that others can write to. */
  readonly isSpoolDirChosen: boolean
  /** How long events are kept, in milliseconds. */
  readonly spoolMaxAgeMs: number
  /** The total size of the events that are kept, in bytes. */
  readonly spoolMaxBytes: number
}

export type SpoolChoice =
  | { readonly kind: 'open'; readonly spool: Spool }
  /** `--no-spool`. */
  | { readonly kind: 'off' }
  /** `problem` is for the end of a sentence: `events cannot be kept on disk: …`. */
  | { readonly kind: 'unusable'; readonly problem: string }

type Opened =
  | { readonly ok: true; readonly folder: string; readonly displayPath?: string }
  | { readonly ok: false; readonly problem: string }

/** Makes the folder with mode 0700 if it is missing. Does not resolve while the file system hangs. */
export async function openSpool(
  settings: SpoolSettings,
  euid = process.geteuid?.() ?? 0,
): Promise<SpoolChoice> {
  if (!settings.spool) return { kind: 'off' }
  const { spoolDir, isSpoolDirChosen } = settings
  if (spoolDir === undefined)
    return {
      kind: 'unusable',
      problem: 'HOME is not set; set CRONITOR_SPOOL_DIR, or --no-spool to keep no events',
    }
  // Waits without blocking the process if the file system hangs: the calls below are synchronous.
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

function openFolder(folder: string, isChosen: boolean, euid: number): Opened {
  let trust = checkTrusted(folder, { euid })
  if (!trust.ok && trust.why === 'missing') {
    try {
      // Nobody else can write to the folders above, so nobody can create something else in this place meanwhile.
      makeFolders(folder)
    } catch (error) {
      return refused(`${folder} cannot be made: ${describeSystemError(error)}`)
    }
    trust = checkTrusted(folder, { euid })
  }
  if (trust.ok) return { ok: true, folder }
  return isChosen ? openInSharedFolder(folder, trust.problem, euid) : refused(trust.problem)
}

/**
 * Opens a folder inside a folder that other users can write to, such as a volume of Kubernetes. They can replace the
 * folder at any time, so it is opened once, checked, and used only through its descriptor.
 *
 * @param problem why the path is not trusted
 */
function openInSharedFolder(folder: string, problem: string, euid: number): Opened {
  const target = isVolume(folder, euid) ? join(folder, `cronitor-${euid}`) : folder
  let file: number | undefined
  try {
    makeFolders(target)
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    file = openSync(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    const { uid, mode, ino } = fstatSync(file)
    const wrong = problemOf({ target, uid, mode, euid, problem })
    if (wrong === undefined) {
      const opened = `/proc/self/fd/${file}`
      if (statSync(`${opened}/.`, { throwIfNoEntry: false })?.ino === ino) {
        file = undefined
        return { ok: true, folder: opened, displayPath: target }
      }
    }
    // Without /proc, the folder cannot be used through its descriptor.
    return refused(wrong ?? problem)
  } catch (error) {
    const code = errorCode(error)
    const there = lookAt(target)
    const owner = there?.uid ?? euid
    if (code === 'EACCES' && owner !== euid) return refused(`${target} belongs to another user (${owner})`)
    // The path is a link or a file, or leads through one.
    if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'EEXIST')
      return refused(there === undefined ? problem : `${target} is not a folder`)
    return refused(`${target}: ${describeSystemError(error)}`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * True for a folder of root's that others can write to and in which programs make their own folders. False for /tmp,
 * which has the sticky bit.
 */
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

/** Undefined if the opened folder belongs to the user and nobody else may enter it. */
function problemOf(it: {
  readonly target: string
  readonly uid: number
  readonly mode: number
  readonly euid: number
  readonly problem: string
}): string | undefined {
  const { target, uid, mode, euid, problem } = it
  // The problem may be about this folder or about one above it.
  const isWritableByOthers = problem.startsWith(`${target} is writable by `)
  if (uid !== euid)
    return isWritableByOthers
      ? `${problem}; name a folder inside it; it will be made`
      : `${target} belongs to another user (${uid})`
  if ((mode & 0o777) === 0o700) return undefined
  return `${isWritableByOthers ? problem : `${problem}, and ${target} does not have mode 700`}; chmod 700 ${target}`
}

function refused(problem: string): Opened {
  return { ok: false, problem }
}
