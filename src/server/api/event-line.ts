/** A received event as one line: for a person to read, or as JSON for a program. */

import { printable, printableJson } from '../../system/printable.ts'
import type { Metric, State } from '../../telemetry/event.ts'
import { lastLine } from '../../telemetry/last-line.ts'
import type { ReceivedEvent } from '../store/event.ts'

/** Colours a piece of a line. */
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

/** An event as JSON shows it; what was not sent is not there. */
export interface EventJson {
  /** ISO 8601 in UTC. */
  readonly time: string
  readonly monitor: string
  readonly state: State
  readonly series: string | undefined
  readonly host: string | undefined
  readonly env: string | undefined
  readonly status_code: number | undefined
  readonly metrics: readonly Metric[]
  readonly message: string | undefined
  readonly stamp: number | undefined
}

/** Named as the API names its parameters. */
export function eventJson(event: ReceivedEvent): EventJson {
  return {
    time: new Date(event.receivedAt).toISOString(),
    monitor: event.monitorKey,
    state: event.state,
    series: event.series,
    host: event.host,
    env: event.env,
    status_code: event.statusCode,
    metrics: event.metrics,
    message: event.message,
    stamp: event.stamp,
  }
}

export function eventJsonLine(event: ReceivedEvent): string {
  return printableJson(eventJson(event))
}

/** Cut behind `length` code points. */
export function shortened(text: string, length: number): string {
  const points = [...text]
  return points.length <= length ? text : `${points.slice(0, length).join('')}…`
}

/** The day is told where it is not the one on which the event was received. */
function happened(stamp: number, receivedAt: number): string {
  const ms = stamp * 1000
  // A Date ends 100,000,000 days from 1970.
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
