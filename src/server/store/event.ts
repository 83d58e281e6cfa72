/** An event as the server received it, by HTTP or by mail. */

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
  /** When the event happened, in seconds since 1970; sent with events that are delivered late. */
  readonly stamp?: number
}

export interface StoredEvent extends ReceivedEvent {
  /** Ascending from 1, in the order of storing; never used again. */
  readonly id: number
}
