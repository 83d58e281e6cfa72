/** Measures what a job uses: the CPU time of it and its waited-for children, and the memory of its largest process. */

import { monotonicMs } from '../system/clock.ts'
import { type ProcessMemory, readChildrenCpu, readTree } from './process-memory.ts'
import type { Job } from './start.ts'

export interface Usage {
  /** Undefined if the system does not say. */
  readonly cpuSeconds: number | undefined
  /** MiB; undefined if no process could be seen. */
  readonly maxRssMib: number | undefined
}

export interface UsageTools {
  /** Seconds: of all children that this process has waited for, and theirs. Undefined if the system does not say. */
  readonly childrenCpu: () => number | undefined
  /** The process and all that descend from it. */
  readonly readTree: (pid: number) => readonly ProcessMemory[]
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly setTimer: (then: () => void, ms: number) => { readonly stop: () => void }
}

export interface UsageMeter {
  /** Starts a job by `begin`, and measures it. Of several jobs, the times are added. */
  readonly measure: (begin: () => Job) => Job
  /** Call it after the last job's end. */
  readonly usage: () => Usage
}

/** The shortest and the longest time between two looks at the memory, in milliseconds. */
const SHORTEST_MS = 10
const LONGEST_MS = 250
/** A process whose memory grows evenly is measured to within this share. */
const SHARE_OF_AGE = 0.04
/** At most a fiftieth of the time is used to look. */
const SHARE_OF_TIME = 50

export function createUsageMeter(tools: UsageTools = systemUsage): UsageMeter {
  let cpuSeconds: number | undefined
  let maxKib = 0

  function follow(pid: number): () => void {
    const firstSeen = new Map<number, number>()
    let timer: { readonly stop: () => void } | undefined
    const look = (): void => {
      const before = tools.now()
      const tree = tools.readTree(pid)
      const now = tools.now()
      let youngestMs = Number.POSITIVE_INFINITY
      for (const { pid: each, maxRssKib } of tree) {
        maxKib = Math.max(maxKib, maxRssKib)
        const since = firstSeen.get(each) ?? now
        firstSeen.set(each, since)
        youngestMs = Math.min(youngestMs, now - since)
      }
      const pauseMs = Math.max(SHORTEST_MS, youngestMs * SHARE_OF_AGE, (now - before) * SHARE_OF_TIME)
      timer = tools.setTimer(look, Math.min(pauseMs, LONGEST_MS))
    }
    look()
    return () => timer?.stop()
  }

  return {
    measure(begin) {
      const before = tools.childrenCpu()
      const job = begin()
      if (job.pid === undefined) return job
      const stop = follow(job.pid)
      void job.ended.then(() => {
        stop()
        const after = tools.childrenCpu()
        if (before !== undefined && after !== undefined) cpuSeconds = (cpuSeconds ?? 0) + after - before
      })
      return job
    },
    usage: () => ({ cpuSeconds, maxRssMib: maxKib > 0 ? maxKib / 1024 : undefined }),
  }
}

const systemUsage: UsageTools = {
  childrenCpu: readChildrenCpu,
  readTree,
  now: monotonicMs,
  setTimer(then, ms) {
    const timer = setTimeout(then, ms)
    timer.unref()
    return { stop: () => clearTimeout(timer) }
  },
}
