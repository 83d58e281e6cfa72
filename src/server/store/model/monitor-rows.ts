/** Puts the rows of a monitor's environments together. */

import type { Run } from '../../monitors/monitors.ts'

/** The rows of one key follow each other. */
export function rowsByKey<Row extends { readonly key: string }>(
  rows: readonly Row[],
): [key: string, rows: Row[]][] {
  const groups: [string, Row[]][] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if (last?.[0] === row.key) last[1].push(row)
    else groups.push([row.key, [row]])
  }
  return groups
}

/** Of the latest runs of each environment, oldest first, the latest of all; only the last one with its message. */
export function newestRuns(lists: readonly (readonly Run[])[], count: number): readonly Run[] {
  const [first = []] = lists
  if (lists.length < 2) return first
  const runs = lists.flat().sort((a, b) => a.id - b.id)
  return runs.slice(Math.max(0, runs.length - count)).map((run, index, chosen) => {
    if (index === chosen.length - 1) return run
    const { message: _, ...withoutMessage } = run
    return withoutMessage
  })
}
