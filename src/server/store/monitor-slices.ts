/** Reads all monitors in slices, so that a server with many of them answers events in between. */

import type { InTurn } from '../../system/turns.ts'
import type { Monitor } from '../monitors/monitors.ts'
import type { KeyRange, MonitorQuery, Store } from './store.ts'

/** So many rows of environments and runs are read and rendered in a few milliseconds. */
const SLICE_ROWS = 250

const MIN_MONITORS = 5

/** No slice has more rows than so many times SLICE_ROWS because its monitors have more runs than those before. */
const MAX_FACTOR = 2

export interface MonitorSource {
  readonly store: Pick<Store, 'monitors'>
  readonly inTurn: InTurn
}

/**
 * Yields what `render` makes of each slice, in the order of the keys. It is called in the turn of the slice. Its second
 * argument is the range of the keys; the ranges do not overlap, and together they contain all keys.
 *
 * Each slice is as the database was when it was read: monitors may change between two slices. All events that were
 * stored before the first call are included, and each monitor is read once.
 */
export async function* monitorSlices<Rendered>(
  { store, inTurn }: MonitorSource,
  query: Pick<MonitorQuery, 'env' | 'recent'> & { readonly recent: number },
  render: (monitors: readonly Monitor[], range: KeyRange) => Rendered | Promise<Rendered>,
): AsyncGenerator<Rendered, void> {
  let limit = firstLimit(query.recent)
  for (let after: string | undefined; ; ) {
    const from = after === undefined ? {} : { after }
    const slice = await inTurn(async () => {
      const monitors = await store.monitors({ ...query, ...from, limit })
      const last = monitors.length < limit ? undefined : monitors.at(-1)?.key
      return {
        last,
        limit: nextLimit(monitors, query.recent),
        rendered: await render(monitors, { ...from, ...(last !== undefined && { upTo: last }) }),
      }
    })
    yield slice.rendered
    if (slice.last === undefined) return
    after = slice.last
    limit = slice.limit
  }
}

/** Of monitors in one environment that have all the runs that are wanted. */
function firstLimit(recent: number): number {
  return Math.max(MIN_MONITORS, Math.floor(SLICE_ROWS / (1 + recent)))
}

/** The next monitors probably have as many environments and runs as these. */
function nextLimit(monitors: readonly Monitor[], recent: number): number {
  const rows = monitors.reduce((sum, each) => sum + each.environments.length + each.recent.length, 0)
  const likely = Math.floor((SLICE_ROWS * monitors.length) / Math.max(1, rows))
  const most = Math.min(SLICE_ROWS, MAX_FACTOR * firstLimit(recent))
  return Math.min(Math.max(likely, MIN_MONITORS), most)
}
