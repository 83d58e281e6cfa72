/** A received event as a line of text, as `cronitor serve` prints it. */

import { printable } from '../../system/printable.ts'
import type { State } from '../../telemetry/event.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { ReceivedEvent } from '../store/event.ts'

/** Adds colours to parts of a line. */
export interface Paint {
  readonly state: (text: string, state: State) => string
  readonly faint: (text: string) => string
}

export const noPaint: Paint = { state: text => text, faint: text => text }

const MAX_MESSAGE_CODE_POINTS = 120

/**
 * Time of day in the local time zone, monitor, state, series (shortened), exit status, duration, when it happened if
 * it came late, the end of the message.
 */
export function eventLine(event: ReceivedEvent, paint: Paint = noPaint): string {
  const duration = event.metrics.find(metric => metric.name === 'duration')
  const parts = [
    paint.faint(timeOfDay(event.receivedAt)),
    printable(event.monitorKey),
    paint.state(event.state.padEnd(8), event.state),
    event.series && paint.faint(printable(shortened(event.series, 8))),
    event.statusCode !== undefined && `status ${event.statusCode}`,
    duration !== undefined && `${duration.value.toFixed(3)}s`,
    event.stamp !== undefined && happened(event.stamp, event.receivedAt),
    lastLine(event.message, MAX_MESSAGE_CODE_POINTS),
  ]
  return parts
    .filter(part => part)
    .join('  ')
    .trimEnd()
}

/** At most `length` code points, and an ellipsis if the text is longer. */
export function shortened(text: string, length: number): string {
  const points = [...text]
  return points.length <= length ? text : `${points.slice(0, length).join('')}…`
}

/** Includes the date if it is not the date of the receipt. */
function happened(stamp: number, receivedAt: number): string {
  const ms = stamp * 1000
  // A Date ends 100,000,000 days after 1970.
  if (Number.isNaN(new Date(ms).getTime())) return `happened ${stamp} s after 1970`
  const isSameDay = dayOf(ms) === dayOf(receivedAt)
  return `happened ${isSameDay ? '' : `${dayOf(ms)} `}${timeOfDay(ms)}`
}

function dayOf(ms: number): string {
  const time = new Date(ms)
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

function timeOfDay(ms: number): string {
  const time = new Date(ms)
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
