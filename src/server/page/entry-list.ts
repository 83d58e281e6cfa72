/** The entries of the page's cache, sorted by key. A change moves entries, but neither sorts nor copies all of them. */

import type { Monitor } from '../monitors/monitors.ts'

export interface Entry {
  /** Without runs. `MonitorCache.details` has them. */
  readonly monitor: Monitor
  /** The revision of the snapshot in which it last changed. */
  readonly revision: number
}

export interface EntryList {
  /** Sorted by key. Changes with set() and remove(). */
  readonly sorted: readonly Entry[]
  readonly get: (key: string) => Entry | undefined
  /** Adds or replaces the entry of a monitor. */
  readonly set: (entry: Entry) => void
  /** Removes the entries for which `isGone` is true. */
  readonly remove: (isGone: (entry: Entry) => boolean) => void
  /** The environments of all monitors, sorted. */
  readonly envs: () => string[]
}

export function createEntryList(): EntryList {
  const sorted: Entry[] = []
  const byKey = new Map<string, Entry>()
  const envCounts = new Map<string, number>()

  const countEnvs = (entry: Entry | undefined, change: 1 | -1) => {
    for (const { env } of entry?.monitor.environments ?? []) {
      const count = (envCounts.get(env) ?? 0) + change
      if (count === 0) envCounts.delete(env)
      else envCounts.set(env, count)
    }
  }
  return {
    sorted,
    get: key => byKey.get(key),
    set: entry => {
      const { key } = entry.monitor
      const before = byKey.get(key)
      const place = placeOf(sorted, key)
      if (before === undefined) sorted.splice(place, 0, entry)
      else sorted[place] = entry
      byKey.set(key, entry)
      countEnvs(entry, 1)
      countEnvs(before, -1)
    },
    remove: isGone => {
      let kept = 0
      for (const entry of sorted) {
        if (isGone(entry)) {
          byKey.delete(entry.monitor.key)
          countEnvs(entry, -1)
        } else {
          sorted[kept] = entry
          kept += 1
        }
      }
      sorted.length = kept
    },
    envs: () => [...envCounts.keys()].sort(),
  }
}

/** The index of the first entry whose key is not smaller. */
function placeOf(sorted: readonly Entry[], key: string): number {
  const last = sorted.at(-1)
  // While all monitors are read, in the order of their keys, each belongs at the end.
  if (last === undefined || last.monitor.key < key) return sorted.length
  let from = 0
  let to = sorted.length - 1
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle]?.monitor.key ?? key) < key) from = middle + 1
    else to = middle
  }
  return from
}
