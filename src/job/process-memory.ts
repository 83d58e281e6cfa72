/** The memory of a process and of those that descend from it, by Linux's /proc. */

import { readdirSync, readFileSync } from 'node:fs'
import { hasOwnProc } from '../system/process-stat.ts'

export interface ProcessMemory {
  readonly pid: number
  /** The most memory that it has had at a time, in KiB. */
  readonly maxRssKib: number
}

/** Without those that have ended, or whose parent has: then the system gives them another one. */
export function readTree(root: number): readonly ProcessMemory[] {
  if (!hasOwnProc()) return []
  const found: ProcessMemory[] = []
  const pending = [root]
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      // A zombie has no memory, and a process of another user can be read too (proc_pid_status(5)).
      const maxRssKib = Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0)
      found.push({ pid, maxRssKib })
      pending.push(...childrenOf(pid))
    } catch {
      // It has ended.
    }
  }
  return found
}

/** Each thread has its own list (proc_tid_children(5)). Empty if the kernel was built without them. */
function childrenOf(pid: number): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  return tasks.flatMap(task => {
    const list = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim()
    return list === '' ? [] : list.split(' ').map(Number)
  })
}

/** Ticks of the clock in /proc are hundredths of a second for programs on all architectures that Node.js supports. */
const TICKS_PER_SECOND = 100

/** Seconds of CPU that the children of this process have used, for which it has waited, and theirs. */
export function readChildrenCpu(): number | undefined {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // cutime and cstime, fields 16 and 17 (proc_pid_stat(5)).
    return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
  } catch {
    return undefined
  }
}
