/** An event as the collector has received it, by whatever way it came. */

import type { Metric, State } from '../../telemetry/event.ts'

export interface ReceivedEvent {
  /** Wall clock, in milliseconds since 1970. */
  readonly receivedAt: number
  readonly monitorKey: string
  readonly state: State
  readonly series?: string
  readonly host?: string
  readonly env?: string
  readonly statusCode?: number
  readonly metrics: readonly Metric[]
  readonly message?: string
  /** When it happened, in seconds since 1970; sent with events that come late. */
  readonly stamp?: number
}

export interface StoredEvent extends ReceivedEvent {
  /** Ascending in the order of storing, from 1; never used twice. */
  readonly id: number
}
