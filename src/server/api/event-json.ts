/** An event as JSON: in /api/events, and as a line that `cronitor serve --json` prints. */

import { printableJson } from '../../system/printable.ts'
import type { Metric, State } from '../../telemetry/event.ts'
import type { ReceivedEvent } from '../store/event.ts'

/** Fields that were not sent are absent. */
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

/** The fields have the names of the Telemetry API's parameters. */
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
