/** What a running cron hands on to its jobs: /proc tells it. */

import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import type { CronDialect } from '../../crontab/crontab-file.ts'
import { hasOwnProc, parseProcessStat } from '../../system/process-stat.ts'
import { mayRaiseLimits, parseLimits, type ResourceLimits } from './resource-limits.ts'

export interface CronDaemon {
  readonly dialect: CronDialect
  readonly umask: number
  /** The nice value. */
  readonly priority: number
  readonly limits: ResourceLimits
  /** True if it may raise a hard limit. */
  readonly mayRaise: boolean
  /** Undefined if it may not be read: only root may. */
  readonly environment: ReadonlyMap<string, string> | undefined
}

/** Both crons write their number there. */
const PID_FILE = '/run/crond.pid'

/** Undefined if none runs, or in another namespace. */
export function runningCron(): CronDaemon | undefined {
  if (!hasOwnProc()) return undefined
  try {
    const pid = Number(/^\d+/.exec(readFileSync(PID_FILE, 'latin1'))?.[0])
    const { name } = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    const dialect = name === 'cron' ? 'debian' : name === 'crond' ? 'cronie' : undefined
    if (dialect === undefined) return undefined
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    const [, umask] = /^Umask:\s*([0-7]+)/m.exec(status) ?? []
    return {
      dialect,
      umask: umask === undefined ? DEFAULT_UMASK : Number.parseInt(umask, 8),
      priority: getPriority(pid),
      limits: parseLimits(readFileSync(`/proc/${pid}/limits`, 'latin1')),
      mayRaise: mayRaiseLimits(status),
      environment: environmentOf(pid),
    }
  } catch {
    return undefined
  }
}

/** That of systemd's services (`UMask=` in systemd.exec(5)). */
export const DEFAULT_UMASK = 0o022

/** In its order. One character a byte. */
function environmentOf(pid: number): ReadonlyMap<string, string> | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return new Map(
      entries
        .filter(entry => entry.includes('='))
        .map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    )
  } catch {
    return undefined
  }
}

/**
 * The limits with which this program was started: those of the shell that called it, because Node.js raises its own soft
 * limit of open files. Empty if they are not known.
 */
export function callersLimits(): ResourceLimits {
  for (const pid of [process.ppid, 'self']) {
    try {
      return parseLimits(readFileSync(`/proc/${pid}/limits`, 'latin1'))
    } catch {
      // No /proc, or the parent is in another namespace.
    }
  }
  return new Map()
}

/** True if this process may raise a hard limit. Root in a container may not. */
export function mayRaiseOwnLimits(): boolean {
  try {
    return mayRaiseLimits(readFileSync('/proc/self/status', 'latin1'))
  } catch {
    return false
  }
}
