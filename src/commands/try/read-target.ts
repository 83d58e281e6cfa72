/** Reads what `cronitor try` is to run: a line of a crontab, or one given as text. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeReadError, shownErrorCode } from '../../system/errors.ts'

export interface TryTarget {
  /** The crontab, one character a byte. */
  readonly text: string
  /** From 1. */
  readonly line: number
  /** For messages: `line 3 of /etc/crontab`. */
  readonly title: string
  /** The file's path, without symbolic links; undefined for a crontab that is no file. */
  readonly path: string | undefined
  /** True if its path says that it has a user column. */
  readonly isSystemFile: boolean
  /** The user whose crontab it is; undefined if that is not known. */
  readonly owner: string | undefined
}

export type ReadTarget =
  | { readonly kind: 'target'; readonly target: TryTarget }
  | { readonly kind: 'usage-error'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly problem: string }

/** The user's own crontab, by crontab(1). */
const OWN_CRONTAB = 'crontab'

const FILE_AND_LINE = /^(.+):([1-9]\d*)$/s

/** Debian's cron and cronie of Debian; cronie elsewhere. */
const SPOOL = /^\/var\/spool\/cron\/(?:crontabs\/)?([^/]+)$/

/** @param user whose crontab `crontab:LINE` is; undefined: the caller's */
export function readTarget(argument: string, user: string | undefined): ReadTarget {
  const [, file, number] = FILE_AND_LINE.exec(argument) ?? []
  // Of a line that is given as text, the command may end like a line's number.
  if (file !== undefined && (!/\s/.test(file) || existsSync(file))) {
    return readLine(file, Number(number), user)
  }
  if (/\s/.test(argument.trim())) return { kind: 'target', target: textTarget(argument) }
  const isFile = argument === OWN_CRONTAB || existsSync(argument)
  const problem = isFile
    ? `which line of ${argument}? Give its number: ${argument}:1`
    : `expected FILE:LINE or a crontab line in quotes, not "${argument}"`
  return { kind: 'usage-error', problem }
}

/** The last line that is not empty is meant; those above it may set variables. */
function textTarget(argument: string): TryTarget {
  const text = `${Buffer.from(argument.trimEnd()).toString('latin1')}\n`
  const line = text.split('\n').length - 1
  return { text, line, title: 'the given line', path: undefined, isSystemFile: false, owner: undefined }
}

function readLine(file: string, line: number, user: string | undefined): ReadTarget {
  if (file === OWN_CRONTAB) return readOwnCrontab(line, user)
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch (error) {
    return { kind: 'unreadable', problem: `${file} ${describeReadError(error)}` }
  }
  const path = realPath(file)
  const [, owner] = SPOOL.exec(path) ?? []
  return {
    kind: 'target',
    target: {
      text,
      line,
      title: `line ${line} of ${file}`,
      path,
      isSystemFile: path === '/etc/crontab' || path.startsWith('/etc/cron.d/'),
      owner,
    },
  }
}

/** As `crontab -l` prints it. Debian's leaves out the three lines of its own at the front. */
function readOwnCrontab(line: number, user: string | undefined): ReadTarget {
  const args = user === undefined ? ['-l'] : ['-u', user, '-l']
  const shown = `crontab ${args.join(' ')}`
  const { status, stdout, stderr, error } = spawnSync('crontab', args, {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) {
    return { kind: 'unreadable', problem: `${shown} cannot be run: ${shownErrorCode(error)}` }
  }
  if (status !== 0) return { kind: 'unreadable', problem: `${shown}: ${stderr.trim() || `status ${status}`}` }
  const title = `line ${line} of ${user === undefined ? 'your crontab' : `the crontab of ${user}`}`
  return {
    kind: 'target',
    target: { text: stdout, line, title, path: undefined, isSystemFile: false, owner: user },
  }
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}
