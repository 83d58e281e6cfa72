/** The answers of `/api/runs` and `/api/monitors/{key}/runs`: a page of runs, or the runs that have changed. */

import type { Run } from '../monitors/monitors.ts'
import { RUN_STATES, type RunState } from '../monitors/run-state.ts'
import type { Store } from '../store/store.ts'
import type { LongPoll } from './long-poll.ts'
import { anyText, oneOf, type ParameterValues, wholeNumber } from './query-parameters.ts'
import { type RunJson, runJson } from './run-json.ts'

export const DEFAULT_LIMIT = 100

export const PAGE_PARAMETERS = {
  limit: wholeNumber(1, 1000),
  /** Seconds. A proxy may close a connection that is idle for longer. */
  wait: wholeNumber(0, 60),
} as const

export const RUN_PARAMETERS = {
  ...PAGE_PARAMETERS,
  before: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  changed_after: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  state: oneOf(RUN_STATES),
  /** Empty: runs without an environment. */
  env: anyText,
} as const

export type RunParameters = ParameterValues<typeof RUN_PARAMETERS>

export interface RunPage {
  /** Newest first; with `changed_after` in the order of their last change. */
  readonly runs: readonly RunJson[]
  /** The `before` of the next page, absent on the last one; with `changed_after`, its next value, always present. */
  readonly next?: number | undefined
  /** The id of the newest event when the query was made: the `changed_after` to get later changes. */
  readonly newest: number
}

interface Filter {
  readonly state: RunState | undefined
  readonly env: string | undefined
  readonly monitorKey: string | undefined
}

/**
 * How many runs a request with a filter examines: the store has no index for it, and other requests wait. A page
 * can therefore have fewer runs than `limit`, or none, although it has a `next`.
 */
const MAX_EXAMINED = 20_000

export async function listRuns(
  store: Store,
  parameters: RunParameters,
  monitorKey: string | undefined,
): Promise<RunPage> {
  // Read before the runs: an event that arrives in between is then reported twice rather than never.
  const newest = await store.runsUpTo()
  const { limit = DEFAULT_LIMIT, state, env } = parameters
  // The store finds the runs of a monitor in an environment by an index.
  const query = monitorKey === undefined ? {} : { monitorKey, ...(env !== undefined && { env }) }
  const isFiltered = state !== undefined || (env !== undefined && monitorKey === undefined)
  const size = isFiltered ? 1000 : limit
  const found: Run[] = []
  let next = parameters.before
  for (let examined = 0; examined < MAX_EXAMINED; examined += size) {
    const runs = await store.runs({
      limit: size,
      ...query,
      ...(next !== undefined && { before: next }),
    })
    const isLast = runs.length < size
    next = isLast ? undefined : runs.at(-1)?.id
    found.push(...runs.filter(run => matches(run, { state, env, monitorKey })))
    if (found.length > limit) {
      found.length = limit
      next = found.at(-1)?.id
    }
    if (isLast || found.length === limit) break
  }
  return { runs: found.map(runJson), next, newest }
}

/** With a poll, waits until there are changed runs or the poll is over. */
export async function listChangedRuns(
  store: Store,
  after: number,
  parameters: RunParameters,
  monitorKey: string | undefined,
  poll: LongPoll | undefined,
): Promise<RunPage> {
  const { limit = DEFAULT_LIMIT, state, env } = parameters
  for (let from = after; ; ) {
    const newest = await store.runsUpTo()
    // The cursor belongs to a database that was replaced: the client must start from the beginning.
    if (from > (await store.newest()).event) return { runs: [], next: 0, newest }
    const { runs, next } = await store.changedRuns({ after: from, limit })
    const matching = runs.filter(run => matches(run, { state, env, monitorKey }))
    const isAtEnd = next >= newest
    if (matching.length > 0) return { runs: matching.map(runJson), next, newest }
    if (isAtEnd && (poll === undefined || (await poll.next()) === 'over')) {
      return { runs: [], next, newest }
    }
    from = next
  }
}

function matches(run: Run, { state, env, monitorKey }: Filter): boolean {
  return (
    (state === undefined || run.state === state) &&
    (env === undefined || (run.env ?? '') === env) &&
    (monitorKey === undefined || run.monitorKey === monitorKey)
  )
}
