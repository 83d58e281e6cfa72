/** One line for each step of a delivery, for `--log` and `--verbose`. */

import type { DeliveryReport } from '../client/event-result.ts'
import { formatDuration } from '../system/duration.ts'

export function describeDelivery(report: DeliveryReport): string {
  const { state, monitorKey } = report.event
  const event = `${state} of ${monitorKey}`
  switch (report.kind) {
    case 'trying':
      return `sending ${event}${report.tryNumber > 1 ? `, try ${report.tryNumber}` : ''}`
    case 'delivered':
      return `delivered ${event}`
    case 'next-address':
      return `${event}: ${report.problem}; trying the next address`
    case 'will-retry':
      return `${event}: ${report.problem}; trying again in ${formatDuration(report.delayMs)}`
    case 'shortened':
      return `${event}: ${report.problem}; trying again with a shorter message`
    case 'rejected':
      return `${event} was refused: ${report.problem}, ${report.likelyCause}`
    case 'undelivered':
      return `${event} was not delivered: ${report.lastProblem}`
    default:
      return report satisfies never
  }
}
