/** The warnings about events that were not delivered. */

import type { EventResult } from '../../client/event-result.ts'
import { formatDuration } from '../../system/duration.ts'
import { BEHIND_EARLIER } from '../earlier-events.ts'
import type { KeptCount } from '../keep-events.ts'
import type { Notices } from './notices.ts'

type Undelivered = Extract<EventResult, { readonly kind: 'undelivered' }>
type Rejected = Extract<EventResult, { readonly kind: 'rejected' }>

/**
 * Warns that events were not delivered. The first `kept` of them are on disk; the others are lost.
 *
 * @param withinMs how long the delivery was tried, in milliseconds; undefined if there is no usable address. Then a
 *   warning about the settings already says that events are kept, so this one only names lost events.
 */
export function warnUndelivered(
  events: readonly Undelivered[],
  withinMs: number | undefined,
  notices: Notices,
  { kept, problem }: KeptCount,
): void {
  const [first] = events
  if (first === undefined) return
  const lost = events.slice(kept)
  if (withinMs === undefined) {
    if (lost.length > 0)
      notices.warn(`${states(lost)} ${isAre(lost)} lost: ${problem ?? 'there is no spool'}`)
    return
  }
  if (lost.length === 0 && events.every(({ lastProblem }) => lastProblem === BEHIND_EARLIER)) {
    notices.warn(`${states(events)} ${isAre(events)} kept in the spool: ${BEHIND_EARLIER}`)
    return
  }
  const failed = `${states(events)} could not be delivered within ${formatDuration(withinMs)}`
  if (lost.length === 0) {
    notices.warn(`${failed} and ${isAre(events)} kept in the spool: ${first.lastProblem}`)
    return
  }
  const which = kept === 0 ? isAre(events) : `${states(lost)} is`
  const why = problem === undefined ? first.lastProblem : `${first.lastProblem}; ${problem}`
  notices.warn(`${failed} and ${which} lost: ${why}`)
}

/** Warns of events that the API refused. Equal warnings are printed once. */
export function warnRejected(events: readonly Rejected[], notices: Notices, isKept: boolean): void {
  const where = isKept ? ' (kept: cronitor spool list --rejected)' : ''
  for (const { problem, likelyCause } of events)
    notices.warn(`the event was refused with ${problem}: ${likelyCause}${where}`)
}

function states(events: readonly EventResult[]): string {
  return events.map(({ event }) => event.state).join(' and ')
}

function isAre({ length }: readonly EventResult[]): 'is' | 'are' {
  return length > 1 ? 'are' : 'is'
}
