/** What `/api/runs` and `/api/monitors/{key}/runs` answer: a page of runs, or those that have changed. */

import type { Run } from '../monitors/monitors.ts'
import { RUN_STATES, type RunState } from '../monitors/run-state.ts'
import type { Store } from '../store/store.ts'
import type { LongPoll } from './long-poll.ts'
import { anyText, oneOf, type ParameterValues, wholeNumber } from './query-parameters.ts'
import { type RunJson, runJson } from './run-json.ts'

export const DEFAULT_LIMIT = 100

export const PAGE_PARAMETERS = {
  limit: wholeNumber(1, 1000),
  /** Seconds. What a client waits for longer may have been given up by something in between. */
  wait: wholeNumber(0, 60),
} as const

export const RUN_PARAMETERS = {
  ...PAGE_PARAMETERS,
  before: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  changed_after: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  state: oneOf(RUN_STATES),
  env: anyText,
} as const

export type RunParameters = ParameterValues<typeof RUN_PARAMETERS>

export interface RunPage {
  /** Newest first; with `changed_after` in the order of their last change. */
  readonly runs: readonly RunJson[]
  /** For `before`, absent on the last page; with `changed_after` for `changed_after`, and always there. */
  readonly next?: number | undefined
  /** The newest event when this was looked up: `changed_after` for what changes from now on. */
  readonly newest: number
}

/** Which of the runs are wanted. */
interface Filter {
  readonly state: RunState | undefined
  readonly env: string | undefined
  readonly monitorKey: string | undefined
}

/**
 * With a filter as many runs as this are looked at, not more: the store, which has no index for it, must not be held up.
 * A page may then have fewer runs than `limit`, or none, and `next` all the same.
 */
const MOST_LOOKED_AT = 20_000

export async function listRuns(
  store: Store,
  parameters: RunParameters,
  monitorKey: string | undefined,
): Promise<RunPage> {
  // Before the runs: what comes in between is told twice rather than never.
  const newest = await store.runsUpTo()
  const { limit = DEFAULT_LIMIT, state, env } = parameters
  const isFiltered = state !== undefined || env !== undefined
  const size = isFiltered ? 1000 : limit
  const found: Run[] = []
  let next = parameters.before
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT; lookedAt += size) {
    const runs = await store.runs({
      limit: size,
      ...(monitorKey !== undefined && { monitorKey }),
      ...(next !== undefined && { before: next }),
    })
    const isLast = runs.length < size
    next = isLast ? undefined : runs.at(-1)?.id
    found.push(...runs.filter(run => isWanted(run, { state, env, monitorKey })))
    if (found.length > limit) {
      found.length = limit
      next = found.at(-1)?.id
    }
    if (isLast || found.length === limit) break
  }
  return { runs: found.map(runJson), next, newest }
}

/** With a visit it waits until there are some, or the visit is over. */
export async function listChangedRuns(
  store: Store,
  after: number,
  parameters: RunParameters,
  monitorKey: string | undefined,
  visit: LongPoll | undefined,
): Promise<RunPage> {
  const { limit = DEFAULT_LIMIT, state, env } = parameters
  for (let from = after; ; ) {
    const newest = await store.runsUpTo()
    // The cursor is of another store, which was put away: all of this one is new.
    if (from > (await store.newest()).event) return { runs: [], next: 0, newest }
    const { runs, next } = await store.changedRuns({ after: from, limit })
    const wanted = runs.filter(run => isWanted(run, { state, env, monitorKey }))
    const isAtEnd = next >= newest
    if (wanted.length > 0) return { runs: wanted.map(runJson), next, newest }
    if (isAtEnd && (visit === undefined || (await visit.next()) === 'over')) {
      return { runs: [], next, newest }
    }
    from = next
  }
}

function isWanted(run: Run, { state, env, monitorKey }: Filter): boolean {
  return (
    (state === undefined || run.state === state) &&
    (env === undefined || run.env === env) &&
    (monitorKey === undefined || run.monitorKey === monitorKey)
  )
}
