/** Lists the processes of the system, by Linux's /proc. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { ProcessId } from './process-id.ts'

export interface ListedProcess extends ProcessId {
  /** The name of its program, at most 15 bytes. */
  readonly name: string
  readonly parent: number
  /** Its process group. */
  readonly group: number
  /** True if it has ended, and its parent has not waited for it yet. */
  readonly isZombie: boolean
}

/**
 * Undefined if the system has no /proc, or one of another PID namespace: its numbers would be those of other processes
 * (pid_namespaces(7)).
 */
export function listProcesses(): readonly ListedProcess[] | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
  } catch {
    return undefined
  }
}

function readProcess(pid: number): ListedProcess | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

/** `stat` is the content of /proc/PID/stat (proc_pid_stat(5)). The name can contain spaces and parentheses. */
export function parseStat(pid: number, stat: string): ListedProcess {
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  const [state = '', parent, group] = fields
  // The first thread may end before the others: the process is then no zombie, whatever its state.
  const isLastThread = Number(fields[17]) <= 1
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, end),
    parent: Number(parent),
    group: Number(group),
    start: fields[19] ?? '',
    isZombie: state === 'X' || (state === 'Z' && isLastThread),
  }
}

/**
 * The value of a variable in the environment with which the process was started; empty if it has none. Undefined if the
 * environment may not be read or is empty, as it is for a moment when a process starts a program.
 */
export function variableOf(pid: number, name: string): string | undefined {
  try {
    const block = readFileSync(`/proc/${pid}/environ`, 'latin1')
    if (block === '') return undefined
    const entry = block.split('\0').find(each => each.startsWith(`${name}=`))
    return entry?.slice(name.length + 1) ?? ''
  } catch {
    return undefined
  }
}
