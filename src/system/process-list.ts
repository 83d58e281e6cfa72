/** Lists the processes of the system, by Linux's /proc. */

import { readdirSync, readFileSync } from 'node:fs'
import { hasOwnProc, type ProcessStat, parseProcessStat } from './process-stat.ts'

export interface ListedProcess extends ProcessStat {
  readonly pid: number
}

/** Undefined if the system does not say. */
export function listProcesses(): readonly ListedProcess[] | undefined {
  if (!hasOwnProc()) return undefined
  try {
    return readdirSync('/proc').flatMap(name => (/^\d+$/.test(name) ? (readProcess(Number(name)) ?? []) : []))
  } catch {
    return undefined
  }
}

function readProcess(pid: number): ListedProcess | undefined {
  try {
    return { pid, ...parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1')) }
  } catch {
    // It has ended meanwhile.
    return undefined
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
