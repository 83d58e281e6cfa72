/** What Linux's /proc says about a process (proc_pid_stat(5)). */

import { readlinkSync } from 'node:fs'

export interface ProcessStat {
  /** The name of its program, at most 15 bytes. */
  readonly name: string
  readonly parent: number
  /** Its process group. */
  readonly group: number
  /** When it was started, in the kernel's clock ticks since the boot. */
  readonly start: string
  /** True if it has ended, and its parent has not waited for it yet. */
  readonly isZombie: boolean
}

/** @param stat the content of /proc/PID/stat. The name can contain spaces and parentheses. */
export function parseProcessStat(stat: string): ProcessStat {
  const end = stat.lastIndexOf(')')
  // After the name comes field 3.
  const fields = stat.slice(end + 2).split(' ')
  const [state = '', parent, group] = fields
  // The state is that of the first thread. If it has ended, other threads may go on.
  const isLastThread = Number(fields[17]) <= 1
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    parent: Number(parent),
    group: Number(group),
    start: fields[19] ?? '',
    isZombie: (state === 'Z' || state === 'X') && isLastThread,
  }
}

/** False without /proc, and with that of another PID namespace: its numbers are those of other processes (pid_namespaces(7)). */
export function hasOwnProc(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid)
  } catch {
    return false
  }
}
