/** Words for what becomes of the events of a spool. */

import type { SpooledEvent } from '../spooled-event.ts'
import type { DrainReport } from './drain.ts'

export function describeDrainReport(what: DrainReport): string {
  switch (what.kind) {
    case 'delivered':
      return `delivered late: ${eventOf(what.spooled)}`
    case 'refused':
      return `refused: ${eventOf(what.spooled)}: ${what.problem}`
    case 'will-retry':
      return `${eventOf(what.spooled)}: ${what.problem}; it stays in the spool`
    case 'damaged':
      return `set aside, since it ${what.problem}: ${what.file}`
    case 'newer':
      return `left alone, since a newer version wrote it: ${what.file}`
    case 'unreadable':
      return `left alone, since it ${what.problem}: ${what.file}`
    case 'failed':
      return `the spool cannot be used: ${what.problem}`
    default:
      return what satisfies never
  }
}

function eventOf({ event }: SpooledEvent): string {
  return `${event.state} of ${event.monitorKey}`
}
