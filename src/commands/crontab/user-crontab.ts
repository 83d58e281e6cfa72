/** Reads and writes the crontab of a user by crontab(1), which alone may touch cron's spool. */

import { spawnSync } from 'node:child_process'
import { errorCode } from '../../system/errors.ts'

export type ReadCrontab =
  | { readonly kind: 'text'; readonly text: string }
  /** The user has none. */
  | { readonly kind: 'none' }
  /** There is no crontab(1). */
  | { readonly kind: 'no-program' }
  /** A sentence without its subject, such as `must be privileged to use -u`. */
  | { readonly kind: 'failed'; readonly problem: string }

/** The name of a user; undefined for the user of this process. */
export type CrontabUser = string | undefined

const MAX_BYTES = 16 * 1024 * 1024

export function readUserCrontab(user: CrontabUser): ReadCrontab {
  const result = crontab(user, ['-l'], 'ignore')
  if (result.kind !== 'ended') return result
  const { status, stdout, problem } = result
  if (status === 0) return { kind: 'text', text: stdout }
  // Debian's and cronie's say `no crontab for alice`, busybox `can't open 'alice': No such file or directory`.
  if (/no crontab for |can't open .*No such file/.test(problem)) return { kind: 'none' }
  return { kind: 'failed', problem }
}

export type WriteCrontab =
  | { readonly kind: 'written' }
  | Exclude<ReadCrontab, { readonly kind: 'text' } | { readonly kind: 'none' }>

/**
 * @param descriptor an open file with the whole text. Not a pipe: if this process were killed, crontab(1) would install what
 *   it has read so far.
 */
export function writeUserCrontab(user: CrontabUser, descriptor: number): WriteCrontab {
  const result = crontab(user, ['-'], descriptor)
  if (result.kind !== 'ended') return result
  return result.status === 0 ? { kind: 'written' } : { kind: 'failed', problem: result.problem }
}

type Ended =
  | {
      readonly kind: 'ended'
      readonly status: number | null
      readonly stdout: string
      readonly problem: string
    }
  | { readonly kind: 'no-program' }
  | { readonly kind: 'failed'; readonly problem: string }

function crontab(user: CrontabUser, args: readonly string[], stdin: 'ignore' | number): Ended {
  const { error, status, signal, stdout, stderr } = spawnSync(
    'crontab',
    [...(user === undefined ? [] : ['-u', user]), ...args],
    {
      stdio: [stdin, 'pipe', 'pipe'],
      encoding: 'latin1',
      maxBuffer: MAX_BYTES,
      // CRONTAB_NOHEADER=N makes some versions print three lines that are not the user's.
      env: { ...process.env, LC_ALL: 'C', CRONTAB_NOHEADER: 'Y' },
    },
  )
  if (error !== undefined) {
    const code = errorCode(error)
    if (code === 'ENOENT') return { kind: 'no-program' }
    return { kind: 'failed', problem: `crontab(1) cannot be run: ${code ?? 'unknown error'}` }
  }
  // Of several lines, the first can be the reason, and the last only says that crontab(1) gives up.
  const said = stderr.split('\n').map(line => line.trim().replace(/\s+/g, ' '))
  const problem =
    said.filter(line => line !== '').join('; ') ||
    (signal === null ? `crontab(1) ended with status ${status}` : `crontab(1) was ended by ${signal}`)
  return { kind: 'ended', status, stdout, problem }
}
