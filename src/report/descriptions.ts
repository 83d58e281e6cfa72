/** Words for what happens on the way to the Telemetry API. */

import type { DeliveryReport, EventResult } from '../client/event-result.ts'
import { formatDuration } from '../system/duration.ts'
import type { Notices } from './notices/notices.ts'
import { BEHIND_OTHERS, type KeptCount } from './spool-keeper.ts'

export function describeReport(what: DeliveryReport): string {
  const { state, monitorKey } = what.event
  const event = `${state} of ${monitorKey}`
  switch (what.kind) {
    case 'trying':
      return `sending ${event}${what.tryNumber > 1 ? `, try ${what.tryNumber}` : ''}`
    case 'delivered':
      return `delivered ${event}`
    case 'will-retry':
      return `${event}: ${what.problem}; trying again in ${formatDuration(what.delayMs)}`
    case 'shortened':
      return `${event}: ${what.problem}; trying again with a shorter message`
    case 'rejected':
      return `${event} was refused: ${what.problem}, ${what.likelyCause}`
    case 'undelivered':
      return `${event} was not delivered: ${what.lastProblem}`
    default:
      return what satisfies never
  }
}

/**
 * Says that events were not delivered, and what has become of them: `kept` many are safe in the spool.
 *
 * @param withinMs how long they were tried, in milliseconds; undefined if they were not, for want of an address. A warning
 *   about that says what becomes of them, unless something else is wrong with the spool.
 */
export function tellUndelivered(
  results: readonly EventResult[],
  withinMs: number | undefined,
  notices: Notices,
  { kept, problem }: KeptCount,
): void {
  const undelivered = results.filter(result => result.kind === 'undelivered')
  const last = undelivered.at(-1)
  if (last === undefined) return
  const words = (some: readonly EventResult[]) => some.map(({ event }) => event.state).join(' and ')
  const { length } = undelivered
  if (withinMs === undefined) {
    const lost = words(undelivered.slice(kept))
    if (kept < length)
      notices.warn(`${lost} ${length - kept > 1 ? 'are' : 'is'} lost: ${problem ?? 'there is no spool'}`)
    return
  }
  if (kept === length && undelivered.every(({ lastProblem }) => lastProblem === BEHIND_OTHERS)) {
    // They were not tried, and may be delivered before this line is read.
    notices.warn(`${words(undelivered)} ${length > 1 ? 'are' : 'is'} kept in the spool: ${BEHIND_OTHERS}`)
    return
  }
  const could = `${words(undelivered)} could not be delivered within ${formatDuration(withinMs)}`
  const first = undelivered[0]?.lastProblem ?? last.lastProblem
  if (kept === length) notices.warn(`${could} and ${length > 1 ? 'are' : 'is'} kept in the spool: ${first}`)
  else {
    const lost = undelivered.slice(kept)
    const what = kept === 0 ? (length > 1 ? 'are' : 'is') : `${words(lost)} is`
    notices.warn(`${could} and ${what} lost: ${first}${problem === undefined ? '' : `; ${problem}`}`)
  }
}

/** A warning for each way in which events were refused; what is the same for several is told once. */
export function tellRefused(results: readonly EventResult[], notices: Notices, isKept: boolean): void {
  for (const result of results) {
    if (result.kind !== 'rejected') continue
    const where = isKept ? ' (kept: cronitor spool list --rejected)' : ''
    notices.warn(`the event was refused with ${result.problem}: ${result.likelyCause}${where}`)
  }
}
