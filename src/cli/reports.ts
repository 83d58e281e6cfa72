/** Words for what happens on the way to the Telemetry API. */

import { formatDuration } from '../settings/duration.ts'
import type { DeliveryReport, EventResult } from '../telemetry/delivery.ts'
import type { OwnWords } from './own-words.ts'

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

/** A warning for each way in which events got lost; what is the same for several is told once. */
export function tellUndelivered(results: readonly EventResult[], withinMs: number, own: OwnWords): void {
  for (const result of results) {
    if (result.kind === 'rejected')
      own.warn(`the event was refused with ${result.problem}: ${result.likelyCause}`)
  }
  const undelivered = results.filter(result => result.kind === 'undelivered')
  const [first] = undelivered
  if (first === undefined) return
  const events = undelivered.map(({ event }) => event.state).join(' and ')
  own.warn(
    `${events} could not be delivered within ${formatDuration(withinMs)} and ${undelivered.length > 1 ? 'are' : 'is'} lost: ${first.lastProblem}`,
  )
}
