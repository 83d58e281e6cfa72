/** Asks the kernel about processes: with /proc as far as possible (proc(5)). */

import { readdirSync, readFileSync } from 'node:fs'
import { exists, placeOfThisProcess } from '../../system/process-id.ts'
import { hasOwnProc, parseProcessStat } from '../../system/process-stat.ts'
import { shortHash } from '../../system/short-hash.ts'
import type { ProcessTable } from './process-alive.ts'

const HASH_DIGITS = 12

export function kernelProcesses(): ProcessTable {
  const stat = hasOwnProc() ? statOf : () => undefined
  const { machine, boot, namespace } = placeOfThisProcess()
  const place = { machine: shortHash(machine, HASH_DIGITS), boot, namespace }
  return { place, stat, exists, findInNamespaces }
}

function statOf(pid: number): string | undefined {
  return readOrUndefined(`/proc/${pid}/stat`)
}

/** Processes of inner namespaces have a number here as well; `NSpid` ends with their own (proc_pid_status(5)). */
function findInNamespaces(pid: number, start: string): boolean {
  for (const entry of numbersIn('/proc')) {
    const numbers = /^NSpid:(.*)$/m.exec(readOrUndefined(`/proc/${entry}/status`) ?? '')?.[1] ?? ''
    const own = numbers.trim().split('\t')
    if (own.length > 1 && own.at(-1) === String(pid)) {
      const stat = statOf(Number(entry))
      if (stat !== undefined && (start === '' || parseProcessStat(stat).start === start)) return true
    }
  }
  return false
}

function numbersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => /^\d+$/.test(name))
  } catch {
    return []
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
