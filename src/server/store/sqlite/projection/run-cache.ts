/** The newest run of each series in memory, so that the end of a run needs no lookup in the database. */

import type { RunRow } from '../../model/merge-run.ts'

/** Pending rows come on top of this. */
const MAX_CACHED = 20_000

/** More than the events of a group, so that evictions keep up with additions. */
const MAX_EXAMINED = 1000

export interface RunCache {
  readonly get: (monitor: number, series: string) => RunRow | undefined
  /** Ignores runs without a series. */
  readonly set: (run: RunRow) => void
  /** Call it when a run has ended and its row is written: another event for it is unlikely. */
  readonly markFinished: (run: RunRow) => void
  /**
   * Removes finished runs, and the least recently set ones above the limit, but none for which `isPending` is true.
   * Only call it between transactions: runs that a transaction has looked up must stay until its end.
   */
  readonly evict: (isPending: (run: RunRow) => boolean) => void
  readonly clear: () => void
}

export function createRunCache(): RunCache {
  // A Map iterates in the order of insertion.
  const runs = new Map<string, RunRow>()
  const finished = new Set<string>()
  return {
    get: (monitor, series) => runs.get(nameOf(monitor, series)),
    set: run => {
      if (run.series === null) return
      const name = nameOf(run.monitor, run.series)
      // Moves it to the end.
      runs.delete(name)
      runs.set(name, run)
    },
    markFinished: run => {
      if (run.series !== null) finished.add(nameOf(run.monitor, run.series))
    },
    evict: isPending => {
      for (const name of finished) {
        // A series that is used again has a newer run by now.
        const run = runs.get(name)
        if (run !== undefined && !isPending(run)) runs.delete(name)
      }
      finished.clear()
      let examined = 0
      for (const [name, run] of runs) {
        if (runs.size <= MAX_CACHED || examined === MAX_EXAMINED) break
        examined += 1
        if (!isPending(run)) runs.delete(name)
      }
    },
    clear: () => {
      runs.clear()
      finished.clear()
    },
  }
}

function nameOf(monitor: number, series: string): string {
  return `${monitor} ${series}`
}
