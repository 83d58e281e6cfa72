/** Identifies a process, also against a later one that has the same number. */

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCode } from './errors.ts'
import { hasOwnProc, parseProcessStat } from './process-stat.ts'

/** Where a process number is unique: one boot of one machine, and one namespace. */
export interface Place {
  /** machine-id(5); otherwise the host's name. */
  readonly machine: string
  /** Changes with each boot of the machine; empty if the system does not say (macOS). */
  readonly boot: string
  /** The PID namespace (pid_namespaces(7)), a different one for each container; empty if the system does not say. */
  readonly namespace: string
}

export interface ProcessId {
  readonly pid: number
  /** When the process was started, in the kernel's clock ticks since the boot; empty if the system does not say. */
  readonly start: string
}

export function placeOfThisProcess(): Place {
  return {
    machine: firstWord('/etc/machine-id') || `host ${hostname()}`,
    boot: firstWord('/proc/sys/kernel/random/boot_id'),
    namespace: linkOf('/proc/self/ns/pid'),
  }
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.machine === other.machine && one.boot === other.boot && one.namespace === other.namespace
}

/** Undefined if there is no such process. A zombie does not count as one. */
export function processId(pid: number): ProcessId | undefined {
  if (!hasOwnProc()) return exists(pid) ? { pid, start: '' } : undefined
  try {
    const { isZombie, start } = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    return isZombie ? undefined : { pid, start }
  } catch {
    return undefined
  }
}

/** True if this process is still running, and not another one with its number. Only valid within the same place. */
export function isAlive(process: ProcessId): boolean {
  return processId(process.pid)?.start === process.start
}

/** Twelve random hex digits. V8 seeds Math.random from the system's entropy in each process. */
export function uniqueWord(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')
}

/** True if kill(2) finds the process, also if it belongs to another user. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it belongs to another user.
    return errorCode(error) === 'EPERM'
  }
}

function firstWord(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim()
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
