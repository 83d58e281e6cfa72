/** What a drain reports about events as it sends them, and the same as text. */

import type { SpooledEvent } from '../spooled-event.ts'

export type DrainReport =
  | { readonly kind: 'delivered'; readonly spooled: SpooledEvent }
  | { readonly kind: 'refused'; readonly spooled: SpooledEvent; readonly problem: string }
  | { readonly kind: 'will-retry'; readonly spooled: SpooledEvent; readonly problem: string }
  /** The file was moved to the folder `damaged`. */
  | { readonly kind: 'damaged'; readonly file: string; readonly problem: string }
  /** Written by a newer version of this program; the file stays in the queue. */
  | { readonly kind: 'newer'; readonly file: string }
  /** The file stays in the queue as well. */
  | { readonly kind: 'unreadable'; readonly file: string; readonly problem: string }
  /** The spool itself cannot be used: the drain ends. */
  | { readonly kind: 'failed'; readonly problem: string }

/** One line, without its end. */
export function describeDrainReport(what: DrainReport): string {
  switch (what.kind) {
    case 'delivered':
      return `delivered late: ${describeEvent(what.spooled)}`
    case 'refused':
      return `refused: ${describeEvent(what.spooled)}: ${what.problem}`
    case 'will-retry':
      return `${describeEvent(what.spooled)}: ${what.problem}; it stays in the spool`
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

function describeEvent({ event }: SpooledEvent): string {
  return `${event.state} of ${event.monitorKey}`
}
