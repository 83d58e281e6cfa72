/** Tells when an open run takes longer than all recent ones by far. It is marked on the page, and nobody is notified. */

/** Ended runs that an open run is compared with. */
export const COMPARED_RUNS = 50

/** With fewer runs nobody knows what is usual. */
const MIN_RUNS = 10

/** By far: twice as long as the longest of them, and so much longer. */
const FACTOR = 2
const MIN_EXTRA_MS = 60_000

export interface RecentDurations {
  /** How many of the last COMPARED_RUNS have a known duration. */
  readonly count: number
  /** In milliseconds; null if none is known. */
  readonly longest: number | null
}

/** From when on a run that started at `startedAt` is unusually long, in milliseconds since 1970; undefined if unknown. */
export function longRunAt(startedAt: number, { count, longest }: RecentDurations): number | undefined {
  if (longest === null || count < MIN_RUNS) return undefined
  return Math.round(startedAt + Math.max(longest * FACTOR, longest + MIN_EXTRA_MS))
}
